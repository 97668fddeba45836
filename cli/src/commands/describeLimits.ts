import { Command } from 'commander';
import type { Io } from '../io.js';
import { LIMITS } from '../output/limits.js';
import { Session } from '../session.js';

export function describeLimits(io: Io): Command {
  const command = new Command('describe-limits').description(
    'show how much you have, and may have',
  );
  return command.action(async () => {
    const session = Session.of(io, command);
    const { DescribeLimits } = await session.connect();
    const { limitSet } = await DescribeLimits({});
    await session.showPages(LIMITS, [limitSet.item]);
  });
}
