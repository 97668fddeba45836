import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../commandError.js';
import { FORMATS } from '../output/kind.js';
import { reasonOf } from './reason.js';

export const DEFAULT_PROFILE = 'default';

const profile = z.strictObject({
  endpoint: z.union([z.string(), z.array(z.string())]).optional(),
  certificate: z.string().optional(),
  privateKey: z.string().optional(),
  authority: z.string().optional(),
  service: z.string().optional(),
  vmm: z.string().optional(),
  output: z.enum(FORMATS).optional(),
});

const config = z.strictObject({ profiles: z.record(z.string(), profile) });

/** What a profile may say: the same as flags and variables. */
export type Profile = z.output<typeof profile>;
type Config = z.output<typeof config>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Paths among them; relative ones are meant from the folder of the file. */
export const PATHS = ['certificate', 'privateKey', 'authority'] as const;

/** `VBS_CONFIG`, or where XDG's base directories say. */
export function configFile(env: Environment): string {
  if (env.VBS_CONFIG) return resolve(env.VBS_CONFIG);
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'vbs', 'config.json');
}

/**
 * A profile of the configuration file; an empty one if neither it nor a file was asked for by name.
 * @param name undefined: the default one
 * @throws {UsageError}
 */
export function readProfile(env: Environment, name: string | undefined): Profile {
  const file = configFile(env);
  const isAsked = name !== undefined || Boolean(env.VBS_CONFIG);
  const read = readConfig(file, isAsked);
  const found = read.profiles[name ?? DEFAULT_PROFILE];
  if (found) return withPaths(found, dirname(file));
  if (name === undefined) return {};
  const names = Object.keys(read.profiles).join(', ') || 'none';
  throw new UsageError(
    `There is no profile ${name} in ${file} (it has: ${names}); make it with: vbs configure --profile ${name}.`,
  );
}

/** The profile as it was written; empty if there is none. @throws {UsageError} if the file can't be read */
export function writtenProfile(env: Environment, name: string): Profile {
  return readConfig(configFile(env), false).profiles[name] ?? {};
}

/** Writes a profile beside the others. @returns the file @throws {UsageError} */
export function writeProfile(env: Environment, name: string, written: Profile): string {
  const file = configFile(env);
  const { profiles } = readConfig(file, false);
  const text = `${JSON.stringify({ profiles: { ...profiles, [name]: written } }, null, 2)}\n`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // Whoever reads it meanwhile finds all of the old file or all of the new one.
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new UsageError(
      `The configuration file ${file} cannot be written: ${reasonOf(error)}; set VBS_CONFIG to a file that can.`,
    );
  }
  return file;
}

function readConfig(file: string, mustExist: boolean): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !mustExist) return { profiles: {} };
    throw new UsageError(
      `The configuration file ${file} cannot be read: ${reasonOf(error)}; make it with vbs configure, or set VBS_CONFIG.`,
    );
  }
  return parse(file, text);
}

function parse(file: string, text: string): Config {
  try {
    return config.parse(JSON.parse(text));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const reason = issue ? `${issue.path.join('.')}: ${issue.message}` : reasonOf(error);
    throw new UsageError(
      `The configuration file ${file} is wrong (${reason}); mend it, or remove it and run vbs configure.`,
    );
  }
}

function withPaths(written: Profile, folder: string): Profile {
  const paths = PATHS.filter((each) => written[each] !== undefined);
  const absolute = paths.map((each) => [each, resolve(folder, written[each] as string)]);
  return { ...written, ...Object.fromEntries(absolute) };
}
