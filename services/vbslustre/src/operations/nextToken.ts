import { createHash } from 'node:crypto';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Position } from '../metadata/pages.js';

/**
 * A nextToken: where the page has ended, and a mark of what was asked, and by whom. No secret is in it and none is needed:
 * whoever makes one up gets his own things after a place of his choice.
 */
export function tokenAfter({ createTime, id }: Position, question: object): string {
  const place = [createTime, id];
  return Buffer.from([...place, mark(place, question)].join(' ')).toString('base64url');
}

/** @throws {ServiceFault} `InvalidNextToken` if it is none, or one of another question */
export function placeIn(token: string, question: object): Position {
  const [createTime = '', id = '', given] = Buffer.from(token, 'base64url').toString().split(' ');
  const isPlace = /^[\w:.-]+$/.test(createTime) && /^([a-z]+-[0-9a-f]{17}|[1-9]\d{0,8})$/.test(id);
  if (isPlace && given === mark([createTime, id], question)) return { createTime, id };
  throw new ServiceFault(
    'InvalidNextToken',
    'The parameter nextToken is not of the answer to this request; begin without it.',
  );
}

function mark(place: readonly string[], question: object): string {
  const hash = createHash('sha256').update(JSON.stringify([place, question]));
  return hash.digest('base64url');
}
