import { run } from '@vbs-lustre/shared/process/run';
import { Pace } from '../jobs/pace.js';
import { Exchange } from './exchange.js';

/** Permission of everybody to write: then anybody could put another folder in a user's place. */
const OTHERS_WRITE = 0o002;

/**
 * The exchange of a site, if it has one.
 * @throws {Error} if the directory is no place for it
 * @throws {CommandError} if one of the directories can't be looked at
 */
export async function openExchange(
  directory: string | undefined,
  volumes: string,
  timeoutMs: number,
  pace = new Pace(),
): Promise<Exchange | undefined> {
  if (directory === undefined) return undefined;
  const wrong = (reason: string) => new Error(`the exchange directory ${directory} ${reason}`);
  const { stdout } = await run('realpath', ['-e', '--', directory, volumes], { timeoutMs });
  const [here = '', there = ''] = stdout.split('\n');
  if (isIn(here, there) || isIn(there, here)) throw wrong('must lie beside the volume directory');
  const format = ['-c', '%d %a', '--', here, there];
  const states = (await run('stat', format, { timeoutMs })).stdout.split('\n');
  const [[device, mode], [other]] = states.map(parse) as [[string, number], [string, number]];
  if (device !== other) throw wrong('is not in the file system of the volumes');
  if ((mode & OTHERS_WRITE) !== 0) throw wrong('must not be writable by everybody');
  return new Exchange(here, there, timeoutMs, pace);
}

function isIn(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}

function parse(line: string): [device: string, mode: number] {
  const words = line.split(' ');
  return [words[0] ?? '', Number.parseInt(words.at(-1) ?? '', 8)];
}
