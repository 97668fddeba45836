import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

/** Settings that are wrong: `message` names each of them. The service does not start. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export interface SettingsSource {
  /** The program's arguments: `--config FILE`. */
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

type Shape = Record<string, z.ZodType>;

/**
 * Reads a service's settings: a JSON file (`--config FILE`, or the variable `PREFIX_CONFIG`), and over it one
 * environment variable a setting (`maxJobs` is `PREFIX_MAX_JOBS`; lists and objects are written as JSON).
 *
 * @throws {SettingsError} for what is unknown, missing or wrong, in the file and among the variables.
 */
export function readSettings<S extends Shape>(
  prefix: string,
  schema: z.ZodObject<S>,
  source: SettingsSource,
): z.output<z.ZodObject<S>> {
  const file = configFile(prefix, source);
  const values = {
    ...(file ? readFile(file) : {}),
    ...fromEnvironment(prefix, schema, source.env),
  };
  const result = schema.strict().safeParse(values);
  if (!result.success) throw new SettingsError(complaints(result.error, prefix));
  return result.data;
}

/** A path; a relative one is meant from the folder in which the service is started. */
export const path = () =>
  z
    .string()
    .min(1)
    .transform((value) => resolve(value));

function configFile(prefix: string, { argv, env }: SettingsSource): string | undefined {
  try {
    const { values } = parseArgs({ args: [...argv], options: { config: { type: 'string' } } });
    return values.config ?? env[`${prefix}_CONFIG`];
  } catch (error) {
    throw new SettingsError(`${(error as Error).message} Usage: --config FILE`);
  }
}

function readFile(file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new SettingsError(
      `The configuration file ${file} cannot be read: ${(error as Error).message}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SettingsError(`The configuration file ${file} does not hold a JSON object.`);
  }
  return value;
}

function fromEnvironment(
  prefix: string,
  schema: z.ZodObject<Shape>,
  env: SettingsSource['env'],
): Record<string, unknown> {
  const names = new Map(
    Object.keys(schema.shape).map((setting) => [variableOf(prefix, setting), setting]),
  );
  const values: Record<string, unknown> = {};
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(`${prefix}_`) || variable === `${prefix}_CONFIG`) continue;
    const setting = names.get(variable);
    if (!setting)
      throw new SettingsError(`There is no setting for the environment variable ${variable}.`);
    values[setting] = parseValue(schema.shape[setting] as z.ZodType, text ?? '');
  }
  return values;
}

/** The environment variable of a setting: `maxJobs` → `PREFIX_MAX_JOBS`. */
export function variableOf(prefix: string, setting: string): string {
  return `${prefix}_${setting.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** The text where the setting is one, also if it looks like a number; else what it is in JSON. */
function parseValue(type: z.ZodType, text: string): unknown {
  if (type.safeParse(text).success) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function complaints(error: z.ZodError, prefix: string): string {
  const sentences = error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return `There is no setting ${issue.keys.map((key) => [...issue.path, key].join('.')).join(', ')}.`;
    }
    const [setting = '', ...rest] = issue.path.map(String);
    const where = [setting, ...rest].join('.');
    return `The setting ${where} (${variableOf(prefix, setting)}) is wrong: ${issue.message}.`;
  });
  return sentences.join(' ');
}
