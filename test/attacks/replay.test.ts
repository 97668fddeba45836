import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ecKeys } from '../../shared/src/testing/certificates.js';
import { render } from '../../shared/src/testing/message.js';
import { freePorts } from '../support/ports.js';
import { NAMESPACE } from '../support/raw.js';
import { signedBy } from './cases/messages.js';
import { FORMS, inValue, REPLAY as SOURCE } from './cases/replays.js';
import { TITLES } from './cases/titles.js';
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
describe('a message that was executed is refused', () => {
  it.for(FORMS)('%s', async ([name, source, change], { task }) => {
    const { text, volumeId } = target.good();
    await target.accept({ body: text }, volumeId);
    const headers = name.includes('SOAPAction') ? { SOAPAction: '"DeleteVolume"' } : {};
    expect(record(task, source, await target.repel({ body: change(text), headers }))).toBe(FAILED);
  });

  it(TITLES.otherSignature, async ({ task }) => {
    const identity = target.world.certifier.identity({ keys: ecKeys() });
    const { text, volumeId } = target.good(() => signedBy(identity));
    await target.accept({ body: text }, volumeId);
    const verdict = await target.repel({ body: inValue(text, mirrored) });
    expect(record(task, 'ECDSA malleability', verdict)).toBe(FAILED);
  });

  it(TITLES.otherInstance, async ({ task }) => {
    const { text, volumeId } = target.good();
    await target.accept({ body: text }, volumeId);
    expect(await target.repel({ body: text }, { wire: other.wire })).toBe(FAILED);
    const second = target.good();
    await target.accept({ body: second.text }, second.volumeId, other.wire);
    expect(record(task, SOURCE, await target.repel({ body: second.text }))).toBe(FAILED);
  });

  it(TITLES.bothInstances, async ({ task }) => {
    const { text } = target.good();
    const wires = [target.wire, other.wire, target.wire, other.wire];
    const outcomes = await Promise.all(wires.map((wire) => fire(wire, { body: text })));
    const answers = outcomes.map((outcome) => readAnswer(outcome, target.trust));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'AuthFailure')).toHaveLength(3);
    record(task, 'Time-of-check to time-of-use (CWE-367)', 'executed once, wsse:FailedCheck');
  });

  it(TITLES.restart, async ({ task }) => {
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

/** (r, n - s), which is as good a signature as (r, s). */
function mirrored(base64: string): string {
  const signature = Buffer.from(base64, 'base64');
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const rest = order - BigInt(`0x${signature.subarray(32).toString('hex')}`);
  const s = Buffer.from(rest.toString(16).padStart(64, '0'), 'hex');
  return Buffer.concat([signature.subarray(0, 32), s]).toString('base64');
}

/** gSOAP and others sign the same bytes in the same second: an honest client must not be taken for an attacker. */
it(TITLES.notReplayed, async ({ task }) => {
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
