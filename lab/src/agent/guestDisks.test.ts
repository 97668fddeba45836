import { expect, it } from 'vitest';
import { parseDisks } from './guestDisks.js';

it('reads the list of disks', () => {
  expect(parseDisks('vda 16777216 0 vol0123\nvdb 512 1 \n')).toEqual([
    { name: 'vda', sizeBytes: 16_777_216, readOnly: false, serial: 'vol0123' },
    { name: 'vdb', sizeBytes: 512, readOnly: true, serial: '' },
  ]);
});

it('reads an empty list', () => {
  expect(parseDisks('')).toEqual([]);
});
