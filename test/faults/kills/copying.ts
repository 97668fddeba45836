import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Programs that still copy something in a folder, in words. */
export function copying(folder: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const command = commandIn(folder, pid);
    return command.includes('qemu-img') ? [`it still runs: ${command}`] : [];
  });
}

/** Empty if it has ended, or works elsewhere. */
function commandIn(folder: string, pid: string): string {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`) !== folder) return '';
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
