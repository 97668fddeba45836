import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecKeys } from '../../shared/src/testing/certificates.js';
import { edit, render } from '../../shared/src/testing/message.js';
import { NAMESPACE } from '../support/raw.js';
import { freePorts } from '../support/testbed.js';
import { signedBy } from './cases/messages.js';
import { readAnswer } from './support/answers.js';
import { type OtherFrontEnd, startOtherFrontEnd } from './support/otherFrontEnd.js';
import { record } from './support/record.js';
import { Target } from './support/target.js';
import { fire } from './support/wire.js';

let target: Target;
let other: OtherFrontEnd;

beforeAll(async () => {
  target = await Target.start();
  const [port = 0] = await freePorts(1);
  other = await startOtherFrontEnd(target.testbed.deployment, target.wire, port);
});

afterAll(async () => {
  await other?.service.stop();
  await target?.stop();
});

const FAILED = 'wsse:FailedCheck';
const SOURCE = 'WSS4J ReplayTest';
const C14N = 'Canonical XML 1.0, section 1.1';

/** Ways to write the same signed message once more. */
const FORMS: [name: string, source: string, change: (text: string) => string][] = [
  ['as it is', SOURCE, (text) => text],
  ['with line breaks in SignatureValue', SOURCE, (text) => inValue(text, broken)],
  [
    'with spaces around SignatureValue',
    SOURCE,
    (text) => inValue(text, (value) => ` \t\n${value} `),
  ],
  [
    'with line breaks in the token',
    SOURCE,
    (text) => text.replace(/(?<=wsu:Id="Token">)[^<]+/, broken),
  ],
  [
    'with white space in the Header',
    SOURCE,
    (text) => edit(text, '<soap:Header>', '<soap:Header>\n  '),
  ],
  [
    'with white space in Security',
    SOURCE,
    (text) => edit(text, '<ds:Signature ', '\n<ds:Signature '),
  ],
  ['with an unsigned header', SOURCE, (text) => edit(text, '<soap:Header>', '<soap:Header><x/>')],
  ['with its parts in another order', SOURCE, reordered],
  ['with another SOAPAction', SOURCE, (text) => text],
  [
    'with other bytes of SignedInfo',
    C14N,
    (text) => edit(text, '<ds:SignedInfo ', '<ds:SignedInfo\n xmlns:q="urn:q" '),
  ],
  [
    'with character references in the Body',
    C14N,
    (text) => edit(text, '<volumeId>v', '<volumeId>&#118;'),
  ],
  [
    'with another prefix beside the signed parts',
    C14N,
    (text) => edit(text, '<soap:Envelope ', '<soap:Envelope xmlns:q="urn:q" '),
  ],
];

describe('a message that was executed is refused', () => {
  it.for(FORMS)('replayed %s', async ([name, source, change], { task }) => {
    const { text, volumeId } = target.good();
    await target.accept({ body: text }, volumeId);
    const headers = name.includes('SOAPAction') ? { SOAPAction: '"DeleteVolume"' } : {};
    expect(record(task, source, await target.repel({ body: change(text), headers }))).toBe(FAILED);
  });

  it('replayed with the other ECDSA signature of it', async ({ task }) => {
    const identity = target.world.certifier.identity({ keys: ecKeys() });
    const { text, volumeId } = target.good(() => signedBy(identity));
    await target.accept({ body: text }, volumeId);
    const verdict = await target.repel({ body: inValue(text, mirrored) });
    expect(record(task, 'ECDSA malleability', verdict)).toBe(FAILED);
  });

  it('replayed at another instance', async ({ task }) => {
    const { text, volumeId } = target.good();
    await target.accept({ body: text }, volumeId);
    expect(await target.repel({ body: text }, { wire: other.wire })).toBe(FAILED);
    const second = target.good();
    await target.accept({ body: second.text }, second.volumeId, other.wire);
    expect(record(task, SOURCE, await target.repel({ body: second.text }))).toBe(FAILED);
  });

  it('replayed at both instances at once', async ({ task }) => {
    const { text } = target.good();
    const wires = [target.wire, other.wire, target.wire, other.wire];
    const outcomes = await Promise.all(wires.map((wire) => fire(wire, { body: text })));
    const answers = outcomes.map((outcome) => readAnswer(outcome, target.trust));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'AuthFailure')).toHaveLength(3);
    record(task, 'Time-of-check to time-of-use (CWE-367)', 'executed once, wsse:FailedCheck');
  });

  it('replayed after a crash and a restart', async ({ task }) => {
    const { text, volumeId } = target.good();
    const { deployment } = target.testbed;
    await target.accept({ body: text }, volumeId);
    await deployment.service('vbslustre').kill();
    await deployment.restart('vbslustre');
    expect(record(task, SOURCE, await target.repel({ body: text }))).toBe(FAILED);
    const next = target.good();
    await target.accept({ body: next.text }, next.volumeId);
  });
});

function inValue(text: string, change: (value: string) => string): string {
  return text.replace(/(?<=<ds:SignatureValue>)[^<]+/, change);
}

function broken(base64: string): string {
  return base64.replace(/.{64}/g, '$&\r\n');
}

/** (r, n - s), which is as good a signature as (r, s). */
function mirrored(base64: string): string {
  const signature = Buffer.from(base64, 'base64');
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const rest = order - BigInt(`0x${signature.subarray(32).toString('hex')}`);
  const s = Buffer.from(rest.toString(16).padStart(64, '0'), 'hex');
  return Buffer.concat([signature.subarray(0, 32), s]).toString('base64');
}

function reordered(text: string): string {
  const [token = ''] = /<wsse:BinarySecurityToken .*<\/wsse:BinarySecurityToken>/.exec(text) ?? [];
  return edit(edit(text, token, ''), '</wsse:Security>', `${token}</wsse:Security>`);
}

/** gSOAP and others sign the same bytes in the same second: an honest client must not be taken for an attacker. */
it('five identical requests to look are all answered', async ({ task }) => {
  const { victim } = target.world;
  const content = `<DescribeVolume xmlns="${NAMESPACE}"><volumeId>${victim}</volumeId></DescribeVolume>`;
  const text = render(target.planOf(content));
  const wires = [target.wire, other.wire, target.wire, other.wire, target.wire];
  const outcomes = await Promise.all(wires.map((wire) => fire(wire, { body: text })));
  for (const outcome of outcomes) {
    const { status, body: answer } = readAnswer(outcome, target.trust);
    expect(status).toBe(200);
    expect(answer).toContain(`<volumeId>${victim}</volumeId>`);
  }
  record(task, 'gSOAP wsseapi: fixed Ids and whole seconds', 'accepted five times, as signed');
});
