import { expect, it } from 'vitest';
import { parseAgentLine, requestLine } from './agentProtocol.js';

it('puts a script of several lines into one line', () => {
  expect(requestLine(7, 30, 'echo a\necho b')).toBe('7 30 ZWNobyBhCmVjaG8gYg==\n');
});

it('refuses a script that the serial port would cut', () => {
  expect(() => requestLine(1, 1, 'x'.repeat(30_000))).toThrow(RangeError);
});

it('reads a result', () => {
  const output = Buffer.from('<<< ready\n').toString('base64');
  const message = { kind: 'result', id: 12, exitCode: 137, output: '<<< ready\n' };
  expect(parseAgentLine(`<<< 12 exit=137 ${output}`)).toEqual(message);
});

it('reads a result without output', () => {
  const message = { kind: 'result', id: 1, exitCode: 0, output: '' };
  expect(parseAgentLine('<<< 1 exit=0 ')).toEqual(message);
});

it('knows when the guest is ready', () => {
  expect(parseAgentLine('<<< ready')).toEqual({ kind: 'ready' });
});

it.each(['', 'ready', '<<< x exit=0 ', '<<< 1 exit=0 not*base64'])('ignores %j', (line) => {
  expect(parseAgentLine(line)).toBeUndefined();
});
