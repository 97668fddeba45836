import { type ChildProcess, fork } from 'node:child_process';

/**
 * Starts our own code in a process of its own, with a channel for messages. The kernel kills it when this process dies.
 * @param program the path of the compiled module
 * @returns undefined if this host is short of what it takes
 */
export function forkProgram(program: string): ChildProcess | undefined {
  try {
    const child = fork(program, {
      execPath: 'setpriv',
      execArgv: ['--pdeathsig', 'KILL', '--', process.execPath],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    // It keeps nobody from ending.
    child.unref();
    child.channel?.unref();
    return child;
  } catch {
    return undefined;
  }
}
