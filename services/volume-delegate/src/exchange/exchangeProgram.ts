// Runs as a process of its own: see Exchange. Users write the folders that it works in, also while it works: nothing is believed
// but what an opened file or folder itself says.
import type { BigIntStats } from 'node:fs';
import { constants, type FileHandle, link, lstat, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What it exits with when it has told, on stderr, what the user is to be told. */
const REFUSED = 3;
const { O_RDONLY, O_WRONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
const CHUNK = 8 * 1024 * 1024;
/** A file that was exported has its second name a moment longer. */
const OTHER_NAME_MS = 5_000;
const POLL_MS = 100;
/** File systems keep times in steps of a second, or less: a change that comes later than this shows. */
const TIME_STEP_MS = 1_100;
/** What shows that a file was left alone. */
const SAME = ['dev', 'ino', 'nlink', 'size', 'mtimeNs', 'ctimeNs'] as const;
/** Users read it by the permissions of their folder. */
const EXPORT_MODE = 0o644;

class Refusal extends Error {}

/** A name in a user's folder. */
interface Place {
  folder: FileHandle;
  folderName: string;
  name: string;
}

const [command = '', directory = '', folderName = '', name = '', ...more] = process.argv.slice(2);
try {
  const place = { folder: await openFolder(directory, folderName), folderName, name };
  console.log(JSON.stringify(await commands()[command]?.(place, ...more)));
} catch (error) {
  const { message } = error as Error;
  // Of Node's words those that name no path.
  console.error(error instanceof Refusal ? message : `node: ${message.split(',')[0]}`);
  process.exitCode = error instanceof Refusal ? REFUSED : 1;
}

function commands(): Record<string, (place: Place, ...more: string[]) => Promise<unknown>> {
  return { size, checkFree, copyIn, publish, isPublished };
}

/** The size of a file; whether it has other names is looked at when it is copied. */
async function size(place: Place): Promise<number> {
  const { file, state } = await openOnce(place);
  await file.close();
  return Number(state.size);
}

async function checkFree(place: Place): Promise<void> {
  if (await unless('ENOENT', lstat(at(place)))) throw taken(place);
}

/**
 * Copies a file of so many bytes to one that is there, and puts that on disk.
 * @param pace bytes a second; empty: as fast as it goes
 */
async function copyIn(place: Place, bytes: string, target: string, pace: string): Promise<void> {
  const { file, state } = await openFile(place);
  const began = performance.now();
  const shows = began + TIME_STEP_MS;
  const changed = new Refusal(
    `the file ${place.name} has changed; leave it alone until it is imported`,
  );
  if (state.size !== BigInt(bytes)) throw changed;
  const to = await open(target, O_WRONLY | O_NOFOLLOW);
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let done = 0; done < Number(bytes); ) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, Number(bytes) - done), done);
    if (bytesRead === 0) throw changed;
    await writeAll(to, buffer.subarray(0, bytesRead), done);
    done += bytesRead;
    if (pace === '') continue;
    // Else the pace would be that of the page cache.
    await to.datasync();
    await delay(Math.max(0, began + (done / Number(pace)) * 1000 - performance.now()));
  }
  await to.sync();
  await delay(Math.max(0, shows - performance.now()));
  if (!(await isUntouched(place, state))) throw changed;
}

/**
 * Whether a file still is as it was opened, under its only name. Links that came and went would have changed its ctime: so
 * the one name that it had all the while is this one, and not a volume's.
 */
async function isUntouched(place: Place, before: BigIntStats): Promise<boolean> {
  // Opened once more, since NFS may tell what it knew before if it is only looked at.
  const { file, state } = await openOnce(place);
  await file.close();
  return SAME.every((each) => state[each] === before[each]);
}

async function writeAll(to: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    done += (await to.write(data, done, data.length - done, position + done)).bytesWritten;
  }
}

/** Gives a finished file its name in the folder, unless there is anything of that name, and puts that on disk. */
async function publish(
  place: Place,
  part: string,
  exportId: string,
  bytes: string,
  volumes: string,
): Promise<void> {
  const file = await open(join(volumes, part), O_RDONLY | O_NOFOLLOW);
  await file.chmod(EXPORT_MODE).finally(() => file.close());
  try {
    await link(join(volumes, part), at(place));
  } catch (error) {
    if (codeOf(error) === 'EXDEV') {
      throw new Refusal('the exchange directory is not in the file system of the volumes');
    }
    if (['EACCES', 'EPERM'].includes(codeOf(error) ?? '')) {
      throw new Refusal(`the service may not write to your exchange folder ${place.folderName}`);
    }
    if (codeOf(error) !== 'EEXIST') throw error;
    if (!(await isPublished(place, exportId, bytes, volumes))) throw taken(place);
  }
  await place.folder.sync();
}

/** Whether the file of this name is a part of this export, made for whatever order: then its work is done. */
async function isPublished(
  place: Place,
  exportId: string,
  bytes: string,
  volumes: string,
): Promise<boolean> {
  const found = await unless('ENOENT', lstat(at(place)));
  if (found?.size !== Number(bytes)) return false;
  const names = await readdir(volumes);
  for (const each of names.filter((other) => other.startsWith(`.${exportId}.`))) {
    const part = await unless('ENOENT', lstat(join(volumes, each)));
    if (part?.ino === found.ino && part.dev === found.dev) return true;
  }
  return false;
}

/** The folder itself; one that is missing is made, for the service alone. */
async function openFolder(exchange: string, folder: string): Promise<FileHandle> {
  const root = await open(exchange, O_RDONLY | O_DIRECTORY);
  const path = `/proc/self/fd/${root.fd}/${folder}`;
  await unless('EEXIST', mkdir(path, 0o700));
  try {
    return await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    if (!['ELOOP', 'ENOTDIR', 'EACCES'].includes(codeOf(error) ?? '')) throw error;
    throw new Refusal(`the service cannot use your exchange folder ${folder}`);
  } finally {
    await root.close();
  }
}

/**
 * Opens a regular file that has no other name: another one could be a volume's. What is opened is looked at, since the name
 * may be another file's by now. A link that ends between the opening and the look is found by {@link isUntouched}.
 */
async function openFile(place: Place) {
  for (const deadline = performance.now() + OTHER_NAME_MS; ; await delay(POLL_MS)) {
    const opened = await openOnce(place);
    if (opened.state.nlink === 1n) return opened;
    // By its name once more: what is open may be what the name has led to for a moment.
    await opened.file.close();
    if (performance.now() < deadline) continue;
    throw new Refusal(
      `the file ${place.name} has another name as well (a hard link); copy it to a new file`,
    );
  }
}

/** What is no regular file is not even opened, unless it was put there this very moment; a pipe keeps nobody waiting. */
async function openOnce(place: Place) {
  const isNone = new Refusal(`the name ${place.name} is not that of a regular file`);
  const before = await unless('ENOENT', lstat(at(place)));
  if (!before) {
    throw new Refusal(`there is no file ${place.name} in your exchange folder ${place.folderName}`);
  }
  if (!before.isFile()) throw isNone;
  const file = await open(at(place), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error) => {
    if (codeOf(error) === 'EACCES') {
      throw new Refusal(`the service may not read the file ${place.name}`);
    }
    throw codeOf(error) === 'ELOOP' ? isNone : error;
  });
  const state = await file.stat({ bigint: true });
  if (!state.isFile()) throw isNone;
  return { file, state };
}

/** By the folder that is open: its path may lead elsewhere by now. */
function at({ folder, name }: Place): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

function taken({ name, folderName }: Place): Refusal {
  return new Refusal(`there is a file ${name} in your exchange folder ${folderName} already`);
}

async function unless<T>(code: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (codeOf(error) === code) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
