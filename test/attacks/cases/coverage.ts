import { bodyOf, edit, type MessagePlan } from '../../../shared/src/testing/message.js';
import { type Attack, signed } from '../support/attack.js';
import { evil, evilBody, NS } from './messages.js';
import { SOURCE } from './sources.js';

const FAILED = 'wsse:FailedCheck';
const INVALID = 'wsse:InvalidSecurity';

type Change = Parameters<typeof signed>[1];

/** Signatures that are right and a user's, but that cover too little, or what is not there. */
export const COVERAGE: Attack[] = [
  signed(
    { name: 'Body unsigned', source: `${SOURCE.cxf} coverage_checker`, verdict: FAILED },
    only('#Timestamp'),
  ),
  signed(
    { name: 'Timestamp unsigned', source: `${SOURCE.cxf} coverage_checker`, verdict: FAILED },
    only('#Body'),
  ),
  signed(
    {
      name: 'Body unsigned, Timestamp and token signed',
      source: `${SOURCE.cxf} coverage_checker`,
      verdict: FAILED,
    },
    only('#Timestamp', '#Token'),
  ),
  signed(
    {
      name: 'Timestamp unsigned, Body and token signed',
      source: `${SOURCE.cxf} coverage_checker`,
      verdict: FAILED,
    },
    only('#Body', '#Token'),
  ),
  signed(
    { name: 'only the token signed', source: `${SOURCE.wss4j} SignedBSTTest`, verdict: FAILED },
    only('#Token'),
  ),
  signed({ name: 'nothing signed', source: `${SOURCE.dsig} 4.4`, verdict: FAILED }, only()),
  signed(
    {
      name: 'Body unsigned, an element of its name signed in a header',
      source: SOURCE.rampart,
      verdict: FAILED,
    },
    (plan, world) => {
      const body = bodyOf('<x xmlns="urn:x"></x>', 'wsu:Id="Signed"');
      return {
        header: body,
        body: evilBody(world, ''),
        references: [{ uri: '#Signed', form: body }, ...plan.references.slice(1)],
      };
    },
  ),
  signed(
    {
      name: 'Body unsigned, its one child signed',
      source: `${SOURCE.cxf} coverage_checker`,
      verdict: FAILED,
    },
    (plan, { victim }) => {
      const operation = edit(evil(victim), ' xmlns=', ' Id="Child" xmlns=');
      return {
        body: bodyOf(operation, ''),
        references: [
          { uri: '#Child', form: operation.replace(/ (Id="Child") (xmlns="[^"]*")/, ' $2 $1') },
          ...plan.references.slice(1),
        ],
      };
    },
  ),
  signed(
    { name: 'Body signed by an xml:id', source: `${SOURCE.wss} 4.2`, verdict: FAILED },
    (plan) => {
      const body = edit(
        edit(plan.body, 'wsu:Id="Body"', 'xml:id="Body"'),
        ` xmlns:wsu="${NS.wsu}"`,
        '',
      );
      return { body, references: [{ uri: '#Body', form: body }, ...plan.references.slice(1)] };
    },
  ),
  signed(
    { name: 'Reference to nothing', source: `${SOURCE.wss4j} SignatureTest`, verdict: FAILED },
    more('#Nothing'),
  ),
  signed(
    { name: 'Reference to the whole document', source: `${SOURCE.dsig} 4.4.3.2`, verdict: INVALID },
    more(''),
  ),
  signed(
    { name: 'Reference to an address', source: `${SOURCE.dsigPractice} 8`, verdict: INVALID },
    (plan, { trap }) => more(trap)(plan),
  ),
  signed(
    { name: 'Reference to a file', source: `${SOURCE.dsigPractice} 8`, verdict: INVALID },
    more('file:///etc/hostname'),
  ),
  signed(
    { name: 'Reference by XPointer', source: `${SOURCE.dsig} 4.4.3.3`, verdict: INVALID },
    more("#xpointer(id('Body'))"),
  ),
  signed(
    {
      name: 'Reference by XPointer to the root',
      source: `${SOURCE.dsig} 4.4.3.3`,
      verdict: INVALID,
    },
    more('#xpointer(/)'),
  ),
  signed(
    {
      name: 'Reference with a quote',
      source: 'XPath injection into an Id look-up (CWE-643)',
      verdict: INVALID,
    },
    more("#Body' or 'a'='a"),
  ),
  signed(
    { name: '500 References', source: `${SOURCE.dsigPractice} 5`, verdict: INVALID },
    ({ references }) => ({
      references: Array.from({ length: 250 }, () => references).flat(),
    }),
  ),
  signed(
    { name: 'two References to the Body', source: `${SOURCE.dsigPractice} 5`, verdict: INVALID },
    ({ references }) => ({
      references: [...references, ...references.slice(0, 1)],
    }),
  ),
];

/** Signs these parts alone. */
function only(...uris: string[]): Change {
  return ({ references, token }) => ({
    references: [...references, { uri: '#Token', form: token }].filter(({ uri }) =>
      uris.includes(uri),
    ),
  });
}

/** One Reference more than needed. */
function more(uri: string): (plan: MessagePlan) => Partial<MessagePlan> {
  return (plan) => ({ references: [...plan.references, { uri, form: plan.body }] });
}
