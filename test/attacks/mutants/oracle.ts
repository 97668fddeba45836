import type { TrustStore } from '@vbs-lustre/shared/trust/trustStore';
import { verifyMessage } from '@vbs-lustre/shared/wssecurity/verify';
import type { XmlElement } from '@vbs-lustre/shared/xml/node';
import { parseXml } from '@vbs-lustre/shared/xml/parse';
import type { Original } from './originals.js';

/** What a verifier says of a message that it accepts. */
export interface Proven {
  signer: string;
  body: string;
  /** Together they must be those of one original: who, what, when, and that it counts once. */
  replayKey: string;
  created: number;
}

export type Verifier = (envelope: XmlElement) => Proven;

export function realVerifier(trust: TrustStore): Verifier {
  return (envelope) => {
    const { signer, body, replayKey, freshness } = verifyMessage(envelope, trust, new Date());
    return { signer: signer.subject, body, replayKey, created: freshness.created.getTime() };
  };
}

/** Judges what a verifier makes of mutants. */
export class Oracle {
  readonly #verify: Verifier;
  readonly #proven: ReadonlySet<string>;

  constructor(originals: readonly Original[], verify: Verifier) {
    this.#verify = verify;
    const proven = originals.map(({ name, text, signer, body }) => {
      const said = verify(parseXml(text));
      if (said.signer !== signer || said.body !== body) throw new Error(`${name} is not accepted`);
      return keyOf(said);
    });
    this.#proven = new Set(proven);
  }

  /** @returns whether the mutant was believed, and if so, whether rightly */
  judge(text: string): 'refused' | 'as signed' | 'wrong' {
    let said: Proven;
    try {
      said = this.#verify(parseXml(text));
    } catch {
      return 'refused';
    }
    return this.#proven.has(keyOf(said)) ? 'as signed' : 'wrong';
  }
}

function keyOf({ signer, body, replayKey, created }: Proven): string {
  return JSON.stringify([signer, body, replayKey, created]);
}
