import { Command } from 'commander';
import type { Io } from '../../io.js';
import { DELEGATES } from '../../output/admin/delegates.js';
import { Session } from '../../session.js';

export function delegates(io: Io): Command {
  const command = new Command('delegates').description(
    'show the delegates: who is alive, with how much to do',
  );
  return command.action(async () => {
    const session = Session.of(io, command);
    const { DescribeDelegates } = await session.connectAsAdmin();
    const { delegateSet } = await DescribeDelegates({});
    await session.showPages(DELEGATES, [delegateSet.item]);
  });
}
