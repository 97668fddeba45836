/** What one script in the guest came to. */
export interface GuestResult {
  exitCode: number;
  /** stdout and stderr together, as UTF-8. */
  output: string;
}

export type AgentMessage = { kind: 'ready' } | ({ kind: 'result'; id: number } & GuestResult);

/** Linux keeps 64 KiB of a serial port's input; what comes on top while a script runs is lost. */
const MAX_REQUEST_CHARACTERS = 32 * 1024;

/**
 * The line that has the guest run a shell script, killing it after the given whole seconds.
 *
 * @throws {RangeError} if the script is too long (about 24 KiB).
 */
export function requestLine(id: number, seconds: number, script: string): string {
  const line = `${id} ${seconds} ${Buffer.from(script).toString('base64')}\n`;
  if (line.length > MAX_REQUEST_CHARACTERS) {
    throw new RangeError(`a script for a lab guest is too long: ${script.length} characters`);
  }
  return line;
}

/** Reads one line of the guest's agent; undefined if it isn't a message. */
export function parseAgentLine(line: string): AgentMessage | undefined {
  if (line === '<<< ready') return { kind: 'ready' };
  const match = /^<<< (\d+) exit=(\d+) ([A-Za-z0-9+/=]*)$/.exec(line);
  if (!match) return undefined;
  const [, id, exitCode, output = ''] = match;
  return {
    kind: 'result',
    id: Number(id),
    exitCode: Number(exitCode),
    output: Buffer.from(output, 'base64').toString('utf8'),
  };
}
