import { readFile } from 'node:fs/promises';

const TAIL_LINES = 20;

interface BootLogs {
  consoleLog: string;
  qemuLog: string;
}

/** The error that says why a guest didn't boot, with the last lines of QEMU's log and of its console. */
export async function explainFailedBoot(
  name: string,
  reason: string,
  logs: BootLogs,
): Promise<Error> {
  const tails = await Promise.all([tailOf(logs.qemuLog), tailOf(logs.consoleLog)]);
  return new Error([`${name} didn't boot: ${reason}`, ...tails].join('\n'));
}

async function tailOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n').slice(-TAIL_LINES);
  return [`--- ${path}`, ...lines].join('\n');
}
