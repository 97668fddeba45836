import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * A `dd` that writes the first 64 KiB of zeroes (of those that are appended, none), stops itself, and goes on as the real one when the gate is opened: so a
 * test meets every dd in the middle of its work, however fast the disk is. The kernel wakes stopped processes, with a
 * SIGHUP, when their parent dies: that neither ends it nor lets it through.
 */
const SCRIPT = `#!/bin/sh
PATH=/usr/bin:/bin
case "$*" in
  *if=/dev/zero*)
    for argument in "$@"; do case "$argument" in of=*) of=$argument; esac; done
    case "$*" in
      *oflag=append*) ;;
      *) dd if=/dev/zero "$of" bs=64K count=1 conv=notrunc status=none ;;
    esac
    trap '' HUP
    while [ ! -e "$0.open" ]; do kill -STOP $$; done
esac
exec dd "$@"
`;

/** Puts the stopping dd in front of the real one, for every process that is started from now on. */
export async function closeGate() {
  const directory = await mkdtemp(join(tmpdir(), 'gate-'));
  const script = join(directory, 'dd');
  await writeFile(script, SCRIPT, { mode: 0o755 });
  const { PATH } = process.env;
  process.env.PATH = `${directory}:${PATH}`;

  /** The processes that stand at the gate. */
  async function waiting(): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const stopped = await Promise.all(pids.map((pid) => isStopped(pid, script)));
    return pids.filter((_pid, index) => stopped[index]);
  }

  return {
    waiting,
    /** Waits until so many stand there. */
    async arrived(count = 1): Promise<number[]> {
      for (;;) {
        const pids = await waiting();
        if (pids.length >= count) return pids;
        await delay(5);
      }
    },
    /** Lets everything through from now on. */
    async open(): Promise<void> {
      process.env.PATH = PATH;
      await writeFile(`${script}.open`, '');
      for (const pid of await waiting()) process.kill(pid, 'SIGCONT');
    },
    /** Ends what still stands there. */
    async remove(): Promise<void> {
      process.env.PATH = PATH;
      for (const pid of await waiting()) process.kill(pid, 'SIGKILL');
      await rm(directory, { recursive: true });
    },
  };
}

async function isStopped(pid: number, script: string): Promise<boolean> {
  try {
    if (!(await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(script)) return false;
    return /\) T /.test(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
