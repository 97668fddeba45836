import { execa } from 'execa';
import { dyingWithParent } from './dieWithParent.js';
import type { Execute } from './execution.js';

const MAX_OUTPUT_CHARACTERS = 16 * 1024 * 1024;
/** What tells its progress all the time would else keep a processor from what it does. */
const PAUSE_MS = 250;

/** Starts a program from this process, without a shell and without input, and waits for its end. */
export const execute: Execute = async (execution, { signal, onOutput }) => {
  const { program, args, timeoutMs, cwd, dieWithParent } = execution;
  const [file, fullArgs] = dieWithParent ? dyingWithParent(program, args) : [program, [...args]];
  const subprocess = execa(file, fullArgs, {
    ...(cwd !== undefined && { cwd }),
    ...(signal && { cancelSignal: signal }),
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_CHARACTERS,
    reject: false,
  });
  const pieces = onOutput && inPieces(onOutput);
  if (pieces) subprocess.stdout.setEncoding('utf8').on('data', pieces.add);
  const result = await subprocess;
  pieces?.end();
  const { failed, exitCode, timedOut, code, stdout = '', stderr = '' } = result;
  const notFound = code === 'ENOENT';
  return { failed, exitCode, signal: result.signal, timedOut, notFound, stdout, stderr };
};

/** Tells the first piece at once, and later ones together. */
function inPieces(onOutput: (text: string) => void) {
  let untold = '';
  let pause: NodeJS.Timeout | undefined;
  const tell = (): void => {
    pause = undefined;
    if (untold === '') return;
    const text = untold;
    untold = '';
    pause = setTimeout(tell, PAUSE_MS);
    onOutput(text);
  };
  return {
    add(text: string): void {
      untold += text;
      if (pause === undefined) tell();
    },
    end(): void {
      clearTimeout(pause);
      tell();
      clearTimeout(pause);
    },
  };
}
