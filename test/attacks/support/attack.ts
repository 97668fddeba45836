import type { Identity } from '@vbs-lustre/shared/trust/identity';
import type { SecurityFaultCode } from '@vbs-lustre/shared/wssecurity/failure';
import { edit, type MessagePlan, render } from '../../../shared/src/testing/message.js';
import type { Certifier } from './certifier.js';

/**
 * What becomes of an attack: a signed AuthFailure with this faultcode; the same for a text that is not even XML as we
 * take it; an HTTP refusal before anything is parsed; the wrong user's answer; or, of a change that changes nothing,
 * exactly what was signed.
 */
export type Verdict =
  | SecurityFaultCode
  | 'not parsed'
  | `HTTP ${400 | 404 | 405 | 413 | 415}`
  | 'InvalidVolume.NotFound'
  | 'as signed';

/** What is sent: a POST of text/xml to the users' address, where nothing else is said. */
export interface Shot {
  body?: string | Buffer | (() => Iterable<Buffer>);
  headers?: Readonly<Record<string, string | string[]>>;
  method?: string;
  path?: string;
}

/** Who and what is there to attack. */
export interface World {
  alice: Identity;
  bob: Identity;
  certifier: Certifier;
  /** The id of a volume of alice's that nobody asks to delete but attackers. */
  victim: string;
  /** An address that nobody may be made to call. */
  trap: string;
}

/** A right message of alice's: it deletes a volume of hers. */
export interface Good {
  plan: MessagePlan;
  text: string;
  volumeId: string;
}

export interface Attack {
  name: string;
  /** The public source of the idea. */
  source: string;
  verdict: Verdict;
  /** What the good message has that messages need not have. */
  good?: (plan: MessagePlan, world: World) => Partial<MessagePlan>;
  shot: (good: Good, world: World) => Shot;
}

type About = Omit<Attack, 'shot'>;

/** Somebody on the way changes the text of a message that was signed. */
export function edited(about: About, change: (good: Good, world: World) => string): Attack {
  return {
    ...about,
    shot: (good, world) => {
      const body = change(good, world);
      if (body === good.text) throw new Error(`${about.name}: the attack changes nothing`);
      return { body };
    },
  };
}

/** Somebody signs a message that is right in all but one thing. */
export function signed(
  about: About,
  change: (plan: MessagePlan, world: World) => Partial<MessagePlan>,
): Attack {
  return {
    ...about,
    shot: ({ plan }, world) => ({ body: render({ ...plan, ...change(plan, world) }) }),
  };
}

/** Somebody signs a SignedInfo that {@link MessagePlan} does not foresee. */
export function signedInfo(about: About, part: string | RegExp, replacement: string): Attack {
  return {
    ...about,
    shot: ({ plan }) => {
      const signer = (text: string) => plan.signer(edit(text, part, replacement));
      return { body: edit(render({ ...plan, signer }), part, replacement) };
    },
  };
}

/** The good message, sent in a wrong way. */
export function sent(about: About, how: (good: Good, world: World) => Shot): Attack {
  return { ...about, shot: (good, world) => ({ body: good.text, ...how(good, world) }) };
}
