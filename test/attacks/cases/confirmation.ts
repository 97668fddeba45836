import { bodyOf, edit } from '../../../shared/src/testing/message.js';
import { type Attack, edited } from '../support/attack.js';
import { evil, evilBody, NS } from './messages.js';

const SOURCE = 'WS-Security 1.1, section 8.5';

const confirmation = (content = ''): string =>
  `<c:SignatureConfirmation xmlns:c="${NS.wsse11}" Value="AAAA">${content}</c:SignatureConfirmation>`;

const beside = (text: string, element: string): string =>
  edit(text, '<ds:Signature ', `${element}<ds:Signature `);

/** SignatureConfirmation is for answers; a request that has one gains nothing by it. */
export const CONFIRMATION: Attack[] = [
  edited(
    { name: 'unsigned SignatureConfirmation', source: SOURCE, verdict: 'wsse:FailedCheck' },
    ({ text }) => beside(text, confirmation()),
  ),
  edited(
    { name: 'two SignatureConfirmations', source: SOURCE, verdict: 'wsse:InvalidSecurity' },
    ({ text }) => beside(text, confirmation().repeat(2)),
  ),
  edited(
    {
      name: 'signed Body in a SignatureConfirmation, an evil one in its place',
      source: SOURCE,
      verdict: 'wsse:FailedCheck',
    },
    ({ text, plan: { body } }, world) =>
      beside(edit(text, body, evilBody(world, '')), confirmation(body)),
  ),
  edited(
    {
      name: 'SignatureConfirmation with the Id of the Body, before an evil Body',
      source: SOURCE,
      verdict: 'wsse:FailedCheck',
    },
    ({ text, plan: { body } }, { victim }) =>
      beside(
        edit(text, body, bodyOf(evil(victim), '')),
        confirmation().replace(' Value=', ' Id="Body" Value='),
      ),
  ),
];
