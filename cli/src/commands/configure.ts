import { resolve } from 'node:path';
import { Command } from 'commander';
import { UsageError } from '../commandError.js';
import type { Io } from '../io.js';
import { printable } from '../output/printable.js';
import {
  configFile,
  DEFAULT_PROFILE,
  PATHS,
  type Profile,
  writeProfile,
  writtenProfile,
} from '../settings/profiles.js';
import { endpointsIn, type Flags, forConnection, readSettings } from '../settings/settings.js';
import { Asker } from './asker.js';
import { QUESTIONS } from './questions.js';

/** Writes a profile: of flags, and on a terminal of answers. */
export function configure(io: Io): Command {
  const command = new Command('configure')
    .description('write a profile: asks for what is not given')
    .option('--vmm <host>', 'the usual host of your machines');
  return command.action(async () => {
    const flags = command.optsWithGlobals<Flags>();
    const name = flags.profile ?? (io.env.VBS_PROFILE || DEFAULT_PROFILE);
    const before = writtenProfile(io.env, name);
    const given = { ...before, ...fromFlags(flags) };
    const profile = io.stdin.isTTY ? await ask(io, name, given) : given;
    await check(profile);
    const file = writeProfile(io.env, name, profile);
    io.stdout.write(`The profile ${printable(name)} is in ${file}.\n`);
  });

  function fromFlags({ profile: _, endpoint, ...others }: Flags): Profile {
    const given = Object.entries(others).filter(([, value]) => value !== undefined);
    const paths = PATHS.filter((each) => others[each] !== undefined);
    return {
      ...Object.fromEntries(given),
      ...(endpoint && { endpoint: endpointsIn(endpoint) }),
      ...Object.fromEntries(paths.map((each) => [each, resolve(others[each] as string)])),
    };
  }

  /** What can't work is not written. */
  async function check(profile: Profile): Promise<void> {
    const folder = resolve(configFile(io.env), '..');
    const paths = PATHS.filter((each) => profile[each] !== undefined);
    const flags = {
      ...profile,
      endpoint: profile.endpoint === undefined ? undefined : [profile.endpoint].flat(),
      ...Object.fromEntries(paths.map((each) => [each, resolve(folder, profile[each] as string)])),
    };
    // Of itself alone: neither variables nor another profile count.
    const settings = forConnection(readSettings(flags, {}));
    const { checkFiles } = await import('../settings/files.js');
    await checkFiles(settings);
  }
}

async function ask(io: Io, name: string, given: Profile): Promise<Profile> {
  const asker = new Asker(io);
  try {
    io.stderr.write(`Profile ${printable(name)}. Enter keeps what is in brackets.\n`);
    const answers: Record<string, unknown> = { ...given };
    for (const { setting, question, usual, isPath } of QUESTIONS) {
      const known = [given[setting] ?? usual ?? []].flat().join(',');
      const answer = await asker.ask(question, known);
      if (answer === undefined) throw new UsageError('The questions were not all answered.');
      if (answer === '') continue;
      if (setting === 'endpoint') answers.endpoint = endpointsIn([answer]);
      else answers[setting] = isPath && answer !== known ? resolve(answer) : answer;
    }
    return answers as Profile;
  } finally {
    asker.close();
  }
}
