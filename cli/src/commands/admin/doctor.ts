import { Command } from 'commander';
import { CommandError } from '../../commandError.js';
import { EXIT } from '../../exitCodes.js';
import type { Io } from '../../io.js';
import { FINDINGS } from '../../output/admin/findings.js';
import { Session } from '../../session.js';
import { forConnection } from '../../settings/settings.js';

export function doctor(io: Io): Command {
  const command = new Command('doctor').description(
    'look at all front ends and delegates, and say what is wrong and what to do',
  );
  return command.action(async () => {
    const session = Session.of(io, command);
    const connection = forConnection(session.settings);
    // What they need takes a while to load.
    const { connectEachAdministration } = await import('../../connect.js');
    const { examine } = await import('../../doctor/examine.js');
    const { readUserCertificate } = await import('../../settings/files.js');
    const frontEnds = await connectEachAdministration(connection);
    const { notAfter } = readUserCertificate(connection.certificate);
    const findings = await examine(frontEnds, notAfter);
    await session.showPages(FINDINGS, [findings]);
    const count = findings.filter(({ level }) => level === 'wrong').length;
    if (count > 0) throw new CommandError(`Wrong: ${count}.`, EXIT.unwell);
  });
}
