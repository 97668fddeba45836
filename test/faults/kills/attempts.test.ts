import { expect, it } from 'vitest';
import { Attempts } from './attempts.js';
import type { Note } from './lane.js';

it('tells the steps of the last attempt from what was begun in vain', () => {
  const all: Note[] = [];
  const note = (step: string, ...ids: string[]) =>
    all.push({ service: 'vbslustre', step, side: 'before', ids });
  note('of another', 'vol-1');
  const attempts = new Attempts((since) => all.slice(since), ['vol-1', 'vol-2']);
  note('begin', 'vol-2', 'snap-1');
  attempts.again();
  note('drop', 'snap-1', 'vol-2');
  note('begin', 'vol-2', 'snap-2');
  note('look', 'vol-1');
  expect(attempts.last().map(({ step }) => step)).toEqual(['begin', 'look']);
  expect(attempts.made()).toEqual(['snap-1', 'snap-2']);
});
