import { Command } from 'commander';
import type { Io } from '../../io.js';
import { QUOTAS } from '../../output/admin/quotas.js';
import { Session } from '../../session.js';

export function quotas(io: Io): Command {
  const command = new Command('quotas')
    .description('show how much a user has and may have')
    .argument('<user>', 'subject name, such as CN=alice,OU=users,O=VBS-Lustre');
  return command.action(async (userId: string) => {
    const session = Session.of(io, command);
    const { DescribeQuotas } = await session.connectAsAdmin();
    const { quotaSet } = await DescribeQuotas({ userId });
    await session.showPages(QUOTAS, [quotaSet.item]);
  });
}
