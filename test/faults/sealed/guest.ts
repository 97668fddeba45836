import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { parseRuns, type Run } from './sealed.js';

const SOURCE = fileURLToPath(new URL('sealed.c', import.meta.url));
/** Without any library and padding: two kilobytes, which a serial port takes at once. */
const COMPILER = [
  ...['-std=c99', '-O1', '-static', '-nostdlib', '-ffreestanding', '-fno-stack-protector'],
  ...['-fno-tree-loop-distribute-patterns', '-fno-asynchronous-unwind-tables', '-fno-pie'],
  ...['-no-pie', '-s', '-Wl,--build-id=none', '-Wl,-z,norelro', '-Wl,-z,noseparate-code'],
];
/** An emulated guest on a busy machine. */
const GUEST_MS = 120_000;

/** Compiles `sealed` for the lab's guests. */
export function compileSealed(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'vbs-sealed-'));
  try {
    const program = join(folder, 'sealed');
    execFileSync('gcc', [...COMPILER, '-o', program, SOURCE]);
    return readFileSync(program);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function installSealed(vm: LabVm, program: Buffer): Promise<void> {
  const script = `echo ${program.toString('base64')} | base64 -d >/bin/sealed && chmod +x /bin/sealed`;
  const { exitCode, output } = await vm.run(script, GUEST_MS);
  if (exitCode !== 0) throw new Error(`${vm.name} did not take the program sealed: ${output}`);
}

/** Has the guest write blocks and flush them. @returns the exit code: 0 if all of them are on disk */
export async function writeSealed(vm: LabVm, disk: string, run: Run): Promise<number> {
  const { volume, first, count, sequence } = run;
  const script = `sealed write /dev/${disk} ${volume} ${first} ${count} ${sequence}`;
  return (await vm.run(script, GUEST_MS)).exitCode;
}

/** @throws {Error} if the guest can't read its disk */
export async function readInGuest(vm: LabVm, disk: string): Promise<Run[]> {
  const { exitCode, output } = await vm.run(`sealed read /dev/${disk}`, GUEST_MS);
  if (exitCode !== 0) throw new Error(`${vm.name} can't read ${disk}: exit code ${exitCode}`);
  return parseRuns(output);
}
