import { Command } from 'commander';
import { addSettings } from '../commands/options.js';
import type { Io } from '../io.js';
import { Session } from '../session.js';
import { type Flags, readSettings } from '../settings/settings.js';

/** The options of EC2's tools that say where the service is, and who calls. */
interface Ec2Flags extends Flags {
  cert?: string;
  url?: string;
  availabilityZone?: string;
}

/** One of EC2's tools. */
export function ec2Command(name: string): Command {
  return addSettings(new Command(name))
    .option('-C, --cert <file>', 'the same as --certificate')
    .option('-K <file>', 'the same as --private-key')
    .option('-U, --url <url>', 'the same as --endpoint');
}

/** What an EC2 tool works with. A zone is a host of virtual machines. @throws {UsageError} */
export function ec2Session(io: Io, command: Command): Session {
  const { cert, url, availabilityZone, ...flags } = command.opts<Ec2Flags & { K?: string }>();
  const settings = readSettings(
    {
      ...flags,
      certificate: cert ?? flags.certificate,
      privateKey: flags.K ?? flags.privateKey,
      endpoint: url === undefined ? flags.endpoint : [url],
      vmm: availabilityZone,
    },
    io.env,
  );
  return new Session(io, settings);
}
