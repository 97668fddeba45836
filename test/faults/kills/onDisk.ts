import type { Note } from './lane.js';

/** A name is given or taken, but for that of a part that is begun anew. */
const NAMES = /^(file (link|unlink) .*<(part|volume|snapshot)>|program rm .*<(volume|snapshot)>)$/;
const GETS_NAME = /^file link <part> <(volume|snapshot)>$/;
/** Whatever else is done to a part may write to it. */
const KEEPS_DATA = /^(file (create|chmod|link|unlink|flush)|program rm) /;
const OUTCOME = /^(journal put: (available|deleted)|message Update(Volume|Snapshot)Status)$/;

/**
 * Whether a machine that loses its power would keep what was promised: the data of a file is put on disk before it gets its name,
 * and names are before anybody is told of them.
 * @param notes of a delegate that makes files alone
 * @returns which files have got their names, and what came too early, in words
 */
export function onDisk(notes: readonly Note[]): { named: Set<string>; wrong: string[] } {
  const named = new Set<string>();
  const wrong = new Set<string>();
  const dataOf = new Set<string>();
  const namesOf = new Set<string>();
  for (const { step = '', side, ids = [] } of notes) {
    // What is copied comes first, and what an order is about.
    const [subject = '', target = subject] = [ids[0], ids.at(-1)];
    const isAfter = side === 'after';
    if (GETS_NAME.test(step)) {
      named.add(target);
      if (dataOf.has(target)) wrong.add(`${target} gets its name before its data is on disk`);
    }
    if (NAMES.test(step)) namesOf.add(target);
    if (isAfter && step === 'file flush') for (const id of ids) namesOf.delete(id);
    if (step.includes('<part>') && !KEEPS_DATA.test(step)) dataOf.add(target);
    const isFlush = step === 'file flush <part>' || /^program .* of=<part> .*fsync/.test(step);
    // What is removed needs none.
    if ((isAfter && isFlush) || step.startsWith('program rm ')) dataOf.delete(target);
    if (!OUTCOME.test(step)) continue;
    if (dataOf.has(subject)) wrong.add(`${step} of ${subject}, whose data is not on disk`);
    if (namesOf.has(subject)) wrong.add(`${step} of ${subject}, whose names are not on disk`);
  }
  return { named, wrong: [...wrong] };
}
