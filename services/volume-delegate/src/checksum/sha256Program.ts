// Runs as a process of its own: see Checksums. It prints the SHA-256 of the first bytes of a file in its working directory.
import { createHash } from 'node:crypto';
import { constants, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const CHUNK = 4 * 1024 * 1024;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

const [name = '', bytes = '', pace = ''] = process.argv.slice(2);
try {
  console.log(await sha256Of(name, Number(bytes), pace === '' ? undefined : Number(pace)));
} catch (error) {
  // Of Node's words those that name no path.
  console.error(`node: ${(error as Error).message.split(',')[0]}`);
  process.exitCode = 1;
}

/**
 * Holes are read as zeroes, as whoever has the file for a disk reads them. What can't be read is never taken for zeroes.
 * @param rate bytes a second; undefined: as fast as it goes
 */
async function sha256Of(
  file: string,
  size: number,
  rate = Number.POSITIVE_INFINITY,
): Promise<string> {
  const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, rate));
  const began = performance.now();
  for (let done = 0; done < size; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, size - done), done);
    if (bytesRead === 0) throw new Error(`the file has ${done} bytes instead of ${size}`);
    hash.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
    const ahead = (done / rate) * 1000 - (performance.now() - began);
    if (ahead > 0) await delay(ahead);
  }
  return hash.digest('hex');
}
