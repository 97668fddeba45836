import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import { Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../../commandError.js';
import type { Io } from '../../io.js';
import { QUOTAS } from '../../output/admin/quotas.js';
import { Session } from '../../session.js';
import { dryRunOption } from '../options.js';

const NAMES = ['volumes', 'snapshots', 'gib', 'attachments', 'exports'] as const;

type Limits = Partial<Record<(typeof NAMES)[number], number | 'default'>>;

export function setQuotas(io: Io): Command {
  const command = new Command('set-quotas')
    .description('say how much a user may have, instead of what the settings say')
    .argument('<user>', 'subject name, such as CN=alice,OU=users,O=VBS-Lustre');
  for (const name of NAMES) {
    command.option(
      `--${name} <limit>`,
      'so many; any: without a limit; default: as the settings say',
      toLimit,
    );
  }
  command.addOption(dryRunOption());
  return command.action(async (userId: string, options: Limits & { dryRun?: true }) => {
    const session = Session.of(io, command);
    const item = NAMES.flatMap((name) => changeOf(name, options[name]));
    if (item.length === 0) {
      throw new UsageError(`Give one of ${NAMES.map((name) => `--${name}`).join(', ')}.`);
    }
    const { ModifyQuotas } = await session.connectAsAdmin();
    const { dryRun } = options;
    const { quotaSet } = await ModifyQuotas({ userId, quotaSet: { item }, dryRun });
    await session.showPages(QUOTAS, [quotaSet.item]);
  });
}

function changeOf(
  name: vbslustreAdmin.QuotaName,
  limit: number | 'default' | undefined,
): vbslustreAdmin.QuotaChange[] {
  if (limit === undefined) return [];
  return [limit === 'default' ? { name } : { name, limit }];
}

/** @throws {InvalidArgumentError} */
function toLimit(text: string): number | 'default' {
  if (text === 'default') return text;
  if (text === 'any') return 0;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 on, any, or default.');
}
