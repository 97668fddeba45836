const HEAD =
  'POST /vbslustre HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n';
const announced = (text: string): string => `${HEAD}Content-Length: ${text.length}\r\n\r\n`;

/** A sender who takes his time. */
export interface Slow {
  name: string;
  /** What is sent at once. */
  start: (text: string) => string;
  /** What then comes a character a second. */
  rest: (text: string) => string;
}

export const SLOW: Slow[] = [
  { name: 'slow sender: nothing on a connection', start: () => '', rest: () => '' },
  {
    name: 'slow sender: request line that comes slowly',
    start: () => 'P',
    rest: () => 'OST /vbslustre'.repeat(9),
  },
  {
    name: 'slow sender: headers that do not end',
    start: () => HEAD,
    rest: () => `X-A: ${'a'.repeat(100)}`,
  },
  { name: 'slow sender: message that comes slowly', start: announced, rest: (text) => text },
  {
    name: 'slow sender: message that does not end',
    start: (text) => announced(text) + text.slice(0, -1),
    rest: () => '',
  },
  {
    name: 'slow sender: chunks of one byte',
    start: () => `${HEAD}Transfer-Encoding: chunked\r\n\r\n`,
    rest: () => '1\r\n \r\n'.repeat(50),
  },
];
