import type { AdminClient } from '@vbs-lustre/client';
import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import { Command, Option } from 'commander';
import { UsageError } from '../../commandError.js';
import type { Io } from '../../io.js';
import { DELEGATES } from '../../output/admin/delegates.js';
import { Session } from '../../session.js';
import { dryRunOption } from '../options.js';

interface Options {
  kind?: vbslustreAdmin.DelegateKind;
  dryRun?: true;
}

export const drain = (io: Io): Command =>
  changing(io, 'drain', 'give a delegate nothing new, until that is taken back', 'DrainDelegate');

export const undrain = (io: Io): Command =>
  changing(io, 'undrain', 'take drain back', 'UndrainDelegate');

function changing(
  io: Io,
  name: string,
  description: string,
  operation: 'DrainDelegate' | 'UndrainDelegate',
): Command {
  const command = new Command(name)
    .description(description)
    .argument('<delegate>', 'its name')
    .addOption(
      new Option('--kind <kind>', 'if one of each kind has this name').choices(['volume', 'vmm']),
    )
    .addOption(dryRunOption());
  return command.action(async (delegate: string, { kind, dryRun }: Options) => {
    const session = Session.of(io, command);
    const client = await session.connectAsAdmin();
    const chosen = kind ?? (await kindOf(client, delegate));
    await client[operation]({ kind: chosen, name: delegate, dryRun });
    const now = await delegatesNamed(client, delegate);
    await session.showPages(DELEGATES, [now.filter((each) => each.kind === chosen)]);
  });
}

/** @throws {UsageError} if there is no such delegate, or one of each kind */
async function kindOf(client: AdminClient, name: string): Promise<vbslustreAdmin.DelegateKind> {
  const [first, second] = await delegatesNamed(client, name);
  if (!first) throw new UsageError(`There is no delegate ${name}; see vbs admin delegates.`);
  if (second) throw new UsageError(`There are two delegates ${name}: give --kind volume or vmm.`);
  return first.kind;
}

async function delegatesNamed(
  { DescribeDelegates }: AdminClient,
  name: string,
): Promise<vbslustreAdmin.Delegate[]> {
  const { delegateSet } = await DescribeDelegates({});
  return delegateSet.item.filter((each) => each.name === name);
}
