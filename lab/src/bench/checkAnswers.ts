import { createLog } from '@vbs-lustre/shared/log';
import { TrustStore } from '@vbs-lustre/shared/trust/trustStore';
import type { SignedText } from '@vbs-lustre/shared/wssecurity/sign';
import { verifyMessage } from '@vbs-lustre/shared/wssecurity/verify';
import { parseXml } from '@vbs-lustre/shared/xml/parse';
import type { Answer } from './load.js';
import type { Site } from './site.js';

/** @throws {Error} if one answer is not signed, not to its message, or not the volume. */
export async function checkAnswers(
  { deployment, volumeId }: Site,
  messages: readonly SignedText[],
  answers: readonly Answer[],
): Promise<void> {
  const log = createLog({ service: 'bench', level: 'error', format: 'text' });
  const trust = await TrustStore.open(deployment.layout.delegateTrust, log);
  for (const { message, status, text } of answers) {
    const { body, confirms } = verifyMessage(parseXml(text), trust, new Date());
    const isRight = status === 200 && body.includes(`<volumeId>${volumeId}</volumeId>`);
    if (!isRight || confirms !== messages[message]?.signatureValue) {
      throw new Error(`This is no answer to the request: ${text}`);
    }
  }
  trust.close();
}
