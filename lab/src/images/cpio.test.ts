import { expect, it } from 'vitest';
import { writeCpio } from './cpio.js';

it('writes each file as a header, its name and its content, all padded to four bytes', () => {
  const archive = writeCpio([{ path: 'init', mode: 0o100755, content: Buffer.from('hello') }]);
  const header =
    '070701 00000001 000081ed 00000000 00000000 00000001 00000000 00000005' +
    ' 00000000 00000000 00000000 00000000 00000005 00000000';
  // 110 bytes of header and 5 of name make 115, one short of a multiple of four.
  expect(archive.toString('latin1', 0, 124)).toBe(
    `${header.replaceAll(' ', '')}init\0\0hello\0\0\0`,
  );
});

it('ends the archive with the trailer', () => {
  expect(writeCpio([]).toString('latin1')).toMatch(/^070701[0-9a-f]{104}TRAILER!!!\0+$/);
  expect(writeCpio([]).length % 4).toBe(0);
});
