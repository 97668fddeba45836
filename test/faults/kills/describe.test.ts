import { expect, it } from 'vitest';
import { changedTable, DESCRIBE, idsIn } from './preload/describe.mjs';

const VOLUME = 'vol-00000000000000001';
const ORDER = 'ord-00000000000000002';
const EXPORT = '.export-00000000000000003.5.ord-00000000000000002.part';
const PART = `.${VOLUME}.1048576.${ORDER}.part`;

it.each([
  ['a program', ['rm', '-f', '--', PART], 'program rm <part>'],
  [
    'a second name',
    ['ln', '--', PART, `.${VOLUME}.1048576.${ORDER}.0123456789abcdef.part`],
    'program ln <part> <helped part>',
  ],
  ['two files', ['ln', '-T', '--', PART, VOLUME], 'program ln <part> <volume>'],
  [
    'what is on disk in the end',
    ['dd', 'if=/dev/zero', `of=${PART}`, 'bs=4M', 'conv=notrunc,nocreat,fsync'],
    'program dd if=/dev/zero of=<part> conv=notrunc,nocreat,fsync',
  ],
  ['a folder', ['sync', '--', '.'], 'program sync .'],
  ['a claim', ['rm', `/x/.attachments/${VOLUME}.w.vmm1.${ORDER}.xvdb.u`], 'program rm <claim>'],
  ['a path', ['chmod', '0660', '--', `/x/y/${VOLUME}`], 'program chmod <volume>'],
  ['a program in a folder', ['env', '--chdir=/x', '--', 'rm', VOLUME], 'program rm <volume>'],
  ['no look', ['env', '--chdir=/x', '--', 'find', '.', '-name', VOLUME], undefined],
  ['no look at Lustre', ['lfs', 'getstripe', VOLUME], undefined],
  ['a new file on Lustre', ['lfs', 'setstripe', '-c', '2', PART], 'program lfs <part>'],
  [
    'an export',
    ['/bin/node', '/d/exchangeProgram.js', 'publish', '/x', 'ann', 'a', EXPORT],
    'program exchange publish <part>',
  ],
  [
    'no look at a user’s file',
    ['/bin/node', '/d/exchangeProgram.js', 'size', '/x', 'ann', 'a'],
    undefined,
  ],
  ['a program that nobody has thought of', ['shred', VOLUME], 'program shred <volume>'],
] as const)('names %s', (_, [name, ...args], step) => {
  expect(DESCRIBE.program(name, args).step).toBe(step);
});

it('names what is done to files', () => {
  const claim = `/x/.attachments/${VOLUME}.w.vmm1.${ORDER}.xvdb.u`;
  const stepOf = (...call: [string, ...unknown[]]) => DESCRIBE.helper({}, ...call).step;
  expect(DESCRIBE.helper({}, 'flush', claim, '/x/.attachments', '/x')).toEqual({
    text: `${claim} /x/.attachments /x`,
    step: 'file flush <claim> <claims>',
  });
  expect(stepOf('chmod', `/x/${VOLUME}`)).toBe('file chmod <volume>');
  expect(stepOf('link', '/x', PART, VOLUME)).toBe('file link <part> <volume>');
  expect(stepOf('flush', '/x', '.')).toBe('file flush');
  expect(stepOf('look', '/x', VOLUME)).toBeUndefined();
  expect(stepOf('what nobody has thought of', '/x', PART)).toMatch(/<part>$/);
});

it.each([
  ['insert into `volumes` (`id`) values (?)', 'volumes'],
  ['update "attachments" set "status" = ? where "order_id" = ?', 'attachments'],
  ['delete from `client_tokens` where `owner` = ?', 'client_tokens'],
  ['update `volumes` set `lease_until` = strftime(?, ?) where `id` = ?', undefined],
  ['update "volumes" set "bytes_done" = $1 where "order_id" = $2', undefined],
  ['update `volumes` set `delegate` = ?, `lease_until` = strftime(?, ?) where `id` = ?', 'volumes'],
  ['select * from `volumes`', undefined],
  ['update `delegates` set `seen_at` = ?', undefined],
])('knows what changes a table: %s', (sql, table) => {
  expect(changedTable(sql)).toBe(table);
});

it('tells apart what is asked of who helps with a copy', () => {
  const wishes = [
    '',
    '<worker>w</worker><from>0</from>',
    '<a:worker>w</a:worker><a:end>true</a:end>',
  ];
  const steps = wishes.map((text) => DESCRIBE.message({ action: 'urn:vbs#CopyRange', text }).step);
  expect(steps).toEqual(['find', 'range', 'end'].map((wish) => `message CopyRange: ${wish}`));
});

it('counts no small talk as a step', () => {
  const steps = ['urn:vbs#CreateVolumeFile', 'urn:vbs#AnnounceVmmDelegate'].map(
    (action) => DESCRIBE.message({ action, text: '' }).step,
  );
  expect(steps).toEqual(['message CreateVolumeFile', undefined]);
});

it('finds what a step is about', () => {
  expect(idsIn(`${PART} ${VOLUME} snap-0000000000000000a`)).toEqual([
    VOLUME,
    'snap-0000000000000000a',
  ]);
});
