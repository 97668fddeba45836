import { bodyOf, EXCLUSIVE, edit, timestampOf } from '../../../shared/src/testing/message.js';
import { type Attack, edited, type Good, type World } from '../support/attack.js';
import { at, evil, evilBody, inHeader, NS } from './messages.js';
import { SOURCE } from './sources.js';

const FAILED = 'wsse:FailedCheck';
const INVALID = 'wsse:InvalidSecurity';

/** The signed Body elsewhere, another in its place. */
const displaced =
  (id: string, place: (text: string, body: string) => string) =>
  ({ text, plan: { body } }: Good, world: World): string =>
    place(edit(text, body, evilBody(world, id)), body);

const inside = (start: string) => (text: string, body: string) =>
  edit(text, start, `${start}<x>${body}</x>`);

const header = inHeader;

/** Signed elements are moved to where the signature still holds, and others are executed in their place. */
export const WRAPPING: Attack[] = [
  edited(
    {
      name: 'signed Body in a new header, an evil Body without Id',
      source: SOURCE.wrapping,
      verdict: FAILED,
    },
    displaced('', header),
  ),
  edited(
    {
      name: 'signed Body in a new header, an evil Body of another Id',
      source: SOURCE.wrapping,
      verdict: FAILED,
    },
    displaced('wsu:Id="Evil"', header),
  ),
  edited(
    {
      name: 'signed Body as a header, an evil Body in its place',
      source: SOURCE.rampart,
      verdict: FAILED,
    },
    displaced('', (text, body) => edit(text, '<soap:Header>', `<soap:Header>${body}`)),
  ),
  edited(
    { name: 'signed Body in a wrapper inside Security', source: SOURCE.wrapping, verdict: INVALID },
    displaced('', (text, body) => edit(text, '<ds:Signature ', `<x>${body}</x><ds:Signature `)),
  ),
  edited(
    { name: 'signed Body inside Security', source: SOURCE.wrapping, verdict: INVALID },
    displaced('', (text, body) => edit(text, '<ds:Signature ', `${body}<ds:Signature `)),
  ),
  edited(
    { name: 'signed Body in an Object of the Signature', source: SOURCE.saml, verdict: INVALID },
    displaced('', (text, body) =>
      edit(text, '</ds:Signature>', `<ds:Object>${body}</ds:Object></ds:Signature>`),
    ),
  ),
  edited(
    { name: 'signed Body in KeyInfo', source: SOURCE.saml, verdict: INVALID },
    displaced('', inside('<ds:KeyInfo>')),
  ),
  edited(
    { name: 'signed Body in SecurityTokenReference', source: SOURCE.saml, verdict: INVALID },
    displaced('', (text, body) =>
      edit(text, '</wsse:SecurityTokenReference>', `${body}</wsse:SecurityTokenReference>`),
    ),
  ),
  edited(
    { name: 'signed Body in InclusiveNamespaces', source: SOURCE.saml, verdict: INVALID },
    displaced('', (text, body) =>
      edit(
        text,
        '</ds:CanonicalizationMethod>',
        `<i:InclusiveNamespaces xmlns:i="${EXCLUSIVE}" PrefixList="">${body}</i:InclusiveNamespaces></ds:CanonicalizationMethod>`,
      ),
    ),
  ),
  edited(
    { name: 'signed Body inside the token', source: SOURCE.saml, verdict: FAILED },
    displaced('', (text, body) =>
      edit(text, '</wsse:BinarySecurityToken>', `${body}</wsse:BinarySecurityToken>`),
    ),
  ),
  edited(
    { name: 'signed Body inside the evil one', source: SOURCE.ec2, verdict: FAILED },
    ({ text, plan: { body } }, { victim }) =>
      edit(text, body, bodyOf(`${evil(victim)}<x>${body}</x>`, '')),
  ),
  ...[
    ['wsu:Id="Body"', 'the same wsu:Id'],
    ['Id="Body"', 'a plain Id of the same value'],
    ['ID="Body"', 'an ID of the same value'],
    ['id="Body"', 'an id of the same value'],
    ['e:Id="Body" xmlns:e="urn:e"', 'a foreign Id of the same value'],
    ['xml:id="Body"', 'an xml:id of the same value'],
  ].map(([id = '', name]) =>
    edited(
      {
        name: `signed Body in a header, an evil Body with ${name}`,
        source: SOURCE.ec2,
        verdict: INVALID,
      },
      displaced(id, header),
    ),
  ),
  edited(
    {
      name: 'evil Body with xml:id, the signed one with its wsu:Id inside',
      source: SOURCE.saml,
      verdict: INVALID,
    },
    ({ text, plan: { body } }, { victim }) =>
      edit(text, body, bodyOf(`${evil(victim)}<x>${body}</x>`, 'xml:id="Body"')),
  ),
  edited(
    { name: 'two Bodies, the evil one first', source: SOURCE.ec2, verdict: INVALID },
    ({ text, plan: { body } }, world) => edit(text, body, evilBody(world, '') + body),
  ),
  edited(
    { name: 'two Bodies, the evil one last', source: SOURCE.ec2, verdict: INVALID },
    ({ text, plan: { body } }, world) => edit(text, body, body + evilBody(world, '')),
  ),
  edited(
    { name: 'two Bodies of one wsu:Id', source: SOURCE.ec2, verdict: INVALID },
    ({ text, plan: { body } }, world) => edit(text, body, evilBody(world, 'wsu:Id="Body"') + body),
  ),
  edited(
    {
      name: 'evil Body of SOAP 1.2 beside the signed one',
      source: SOURCE.wrapping,
      verdict: INVALID,
    },
    ({ text, plan: { body } }, world) =>
      edit(text, body, body + evilBody(world, '').replaceAll(NS.soap, NS.soap12)),
  ),
  edited(
    { name: 'evil Body before the Header', source: SOURCE.wrapping, verdict: INVALID },
    ({ text, plan: { body } }, world) =>
      edit(edit(text, body, ''), '<soap:Header>', `${evilBody(world, '')}<soap:Header>`).replace(
        '</soap:Envelope>',
        `${body}</soap:Envelope>`,
      ),
  ),
  edited(
    { name: 'whole envelope as a header of a new one', source: SOURCE.wrapping, verdict: INVALID },
    ({ text }, world) =>
      `<soap:Envelope xmlns:soap="${NS.soap}"><soap:Header>${text}</soap:Header>${evilBody(world, '')}</soap:Envelope>`,
  ),
  edited(
    {
      name: 'whole envelope in the Body of a new one, with its Security',
      source: SOURCE.saml,
      verdict: FAILED,
    },
    ({ text, plan: { body } }, { victim }) =>
      edit(text, body, bodyOf(`${evil(victim)}<soap:Envelope>${body}</soap:Envelope>`, '')),
  ),
  edited(
    {
      name: 'signed Timestamp in a wrapper, a fresh one in its place',
      source: SOURCE.ec2,
      verdict: INVALID,
    },
    ({ text, plan: { timestamp } }) => edit(text, timestamp, `<x>${timestamp}</x>${fresh()}`),
  ),
  edited(
    {
      name: 'signed Timestamp in a header, a fresh one in its place',
      source: SOURCE.ec2,
      verdict: FAILED,
    },
    ({ text, plan: { timestamp } }) => header(edit(text, timestamp, fresh()), timestamp),
  ),
  edited(
    {
      name: 'signed Timestamp as a header, a fresh one in its place',
      source: SOURCE.rampart,
      verdict: FAILED,
    },
    ({ text, plan: { timestamp } }) =>
      edit(edit(text, timestamp, fresh()), '<soap:Header>', `<soap:Header>${timestamp}`),
  ),
];

function fresh(): string {
  return timestampOf(at(0), at(300)).replace('"Timestamp"', '"Fresh"');
}
