import { serviceSubject } from '@vbs-lustre/lab/deployment/certificates';
import { contentOf } from '@vbs-lustre/shared/soap/envelope';
import type { TrustStore } from '@vbs-lustre/shared/trust/trustStore';
import { verifyMessage } from '@vbs-lustre/shared/wssecurity/verify';
import { parseXml } from '@vbs-lustre/shared/xml/parse';
import { expect } from 'vitest';
import type { Outcome } from './wire.js';

/** The one sentence for every message that is not believed, and its shape. */
const REFUSAL =
  /^The message was not accepted as signed by a user of this service: [^/<>]*\bThe service log has the reason under this requestId\.$/;
/** What a text that is no XML as we take it is told; a stranger may well know that. */
const MALFORMED = /^The message is refused: [a-zA-Z0-9 ().,-]+\.$/;
/** What a stranger may not see: paths, sources, stacks. */
const INSIDE = /node_modules|\.js\b|\.ts\b|file:|\/tmp|\/home|\/var|\bat [\w.]+ \(|Error:/;

export interface Answer {
  status: number;
  /** The canonical Body, which the front end has signed. */
  body: string;
  code: string;
  faultcode: string;
}

/** Reads an answer, and sees to it that the front end has signed it. */
export function readAnswer({ status, text }: Outcome, trust: TrustStore): Answer {
  const { body, signer } = verifyMessage(parseXml(text), trust, new Date());
  expect(signer.subject).toBe(serviceSubject('vbslustre'));
  expect(contentOf(parseXml(body)).localName).toMatch(/^(Fault|\w+Response)$/);
  return { status, body, code: part(body, 'code'), faultcode: part(body, 'faultcode') };
}

/** The verdict that a refusal tells. It says the same to everybody, and nothing of the service's inside. */
export function verdictOf(outcome: Outcome, trust: TrustStore): string {
  if (!outcome.text.startsWith('<')) {
    expect(outcome.text.length).toBeLessThan(200);
    expect(outcome.text).not.toMatch(INSIDE);
    return `HTTP ${outcome.status}`;
  }
  const { status, body, code, faultcode } = readAnswer(outcome, trust);
  if (status === 200) return 'executed';
  expect(status).toBe(500);
  expect(body).not.toMatch(INSIDE);
  if (code !== 'AuthFailure') return code;
  const faultstring = part(body, 'faultstring');
  expect(part(body, 'message')).toBe(faultstring);
  expect(part(body, 'requestId')).toMatch(/^req-[0-9a-f]{17}$/);
  if (MALFORMED.test(faultstring)) {
    expect(faultcode).toBe('wsse:InvalidSecurity');
    return 'not parsed';
  }
  expect(faultstring).toMatch(REFUSAL);
  sameForAll(faultstring);
  return faultcode;
}

let said: string | undefined;

function sameForAll(faultstring: string): void {
  said ??= faultstring;
  expect(faultstring).toBe(said);
}

function part(body: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '';
}
