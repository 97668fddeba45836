import { expect, it } from 'vitest';
import type { Note } from './lane.js';
import { onDisk } from './onDisk.js';

const VOLUME = 'vol-00000000000000001';
const SNAPSHOT = 'snap-00000000000000002';
const COPY = 'program qemu-img <snapshot> <part>';
const DD = 'program dd if=<snapshot> of=<part> conv=notrunc,nocreat,fsync';
const NAME = 'file link <part> <volume>';
const TOLD = 'message UpdateVolumeStatus';
const DONE = 'journal put: available';

/** As a delegate notes them that makes a volume of a snapshot. */
function notesOf(steps: readonly string[]): Note[] {
  return steps.flatMap((step) => {
    const ids = step.includes('<snapshot>') ? [SNAPSHOT, VOLUME] : [VOLUME];
    const note = { service: 'volume-delegate', step, ids };
    return [
      { ...note, side: 'before' },
      { ...note, side: 'after' },
    ];
  });
}

it.each([
  ['is flushed', [COPY, 'file flush <part>', NAME, 'file unlink <part>', 'file flush', DONE, TOLD]],
  ['is flushed by dd', [DD, NAME, 'file unlink <part>', 'file flush', DONE, TOLD]],
  ['is removed', [COPY, 'program rm <part> <volume>', 'file flush', 'journal put: deleted', TOLD]],
])('finds nothing wrong with what %s in time', (_, steps) => {
  expect(onDisk(notesOf(steps)).wrong).toEqual([]);
});

it.each([
  ['data that is not flushed', [COPY, NAME], /its data/],
  ['data that dd does not flush', [DD.replace(',fsync', ''), NAME], /its data/],
  ['data that is flushed too late', [COPY, NAME, 'file flush <part>'], /its data/],
  ['data that is written later', ['file flush <part>', COPY, NAME], /its data/],
  ['an extension that is not flushed', [COPY, TOLD], /whose data/],
  ['a name that is not flushed', [NAME, TOLD], /whose names/],
  ['a name that is flushed too late', [NAME, DONE, 'file flush'], /whose names/],
  ['a name that is taken later', [NAME, 'file flush', 'file unlink <part>', DONE], /whose names/],
])('finds %s', (_, steps, words) => {
  const { named, wrong } = onDisk(notesOf(steps));
  expect(wrong.join()).toMatch(words);
  expect([...named]).toEqual(steps.includes(NAME) ? [VOLUME] : []);
});

it('finds what was flushed for another one, or when somebody was killed before the end of that', () => {
  const [before] = notesOf(['file flush <part>']) as [Note];
  const other = { ...before, side: 'after' as const, ids: [SNAPSHOT] };
  const [copy, name] = [notesOf([COPY]), notesOf([NAME])];
  for (const flush of [before, other]) {
    expect(onDisk([...copy, flush, ...name]).wrong).toHaveLength(1);
  }
});
