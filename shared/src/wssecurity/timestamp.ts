import { NS } from '../soap/namespaces.js';
import { textOf, type XmlElement } from '../xml/node.js';
import { invalid, SecurityFailure } from './failure.js';
import { onlyChild } from './structure.js';

const SECOND_MS = 1_000;
/** WSS4J's default: what is older than this is refused, whatever Expires says. */
export const MAX_AGE_MS = 300 * SECOND_MS;
export const CLOCK_SKEW_MS = 60 * SECOND_MS;
const MAX_LIFETIME_MS = 600 * SECOND_MS;
const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

export interface Freshness {
  created: Date;
  /** After this instant the message is refused by its Timestamp alone. */
  refusedAfter: Date;
}

/**
 * Checks a wsu:Timestamp: created at most 5 minutes ago (and 60 s of clock skew), not expired.
 * @throws {SecurityFailure} `wsu:MessageExpired`, or `wsse:InvalidSecurity` if it is not one.
 */
export function checkTimestamp(timestamp: XmlElement, now: Date): Freshness {
  if (timestamp.children.length !== 2) throw invalid('Timestamp is not Created and Expires');
  const created = timeOf(onlyChild(timestamp, NS.wsu, 'Created'));
  const expires = timeOf(onlyChild(timestamp, NS.wsu, 'Expires'));
  const lifetime = expires.getTime() - created.getTime();
  if (lifetime < 0 || lifetime > MAX_LIFETIME_MS) throw expired('its lifetime is not 0 to 600 s');
  if (created.getTime() > now.getTime() + CLOCK_SKEW_MS) throw expired('it is from the future');
  const end = Math.min(expires.getTime(), created.getTime() + MAX_AGE_MS) + CLOCK_SKEW_MS;
  if (now.getTime() > end) throw expired('it is too old');
  return { created, refusedAfter: new Date(end) };
}

function timeOf(element: XmlElement): Date {
  const text = textOf(element).trim();
  const time = new Date(text);
  if (!UTC_TIME.test(text) || Number.isNaN(time.getTime())) {
    throw invalid(`${element.localName} is not a time`);
  }
  return time;
}

function expired(reason: string): SecurityFailure {
  return new SecurityFailure('wsu:MessageExpired', reason);
}
