import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userSubject } from '@vbs-lustre/lab/deployment/certificates';
import { createLog } from '@vbs-lustre/shared/log';
import { loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { TrustStore } from '@vbs-lustre/shared/trust/trustStore';
import { expect } from 'vitest';
import { bodyOf, type MessagePlan, planFor, render } from '../../../shared/src/testing/message.js';
import { NAMESPACE } from '../../support/raw.js';
import { Testbed, until } from '../../support/testbed.js';
import { readAnswer, verdictOf } from './answers.js';
import type { Attack, Good, Shot, World } from './attack.js';
import { Certifier } from './certifier.js';
import { forgetPeak, memoryOf } from './memory.js';
import { copyVolume, stateOf } from './state.js';
import { fire, type Outcome, oneConnectionEach, type Wire } from './wire.js';

/** One message may not cost more memory than this, whatever it is; most of it is what V8 has not collected yet. */
const MEMORY_MIB = 64;
/** Nor more of the disk, for the log. */
const LOG_BYTES = 4_096;

export const deletion = (volumeId: string): string =>
  `<DeleteVolume xmlns="${NAMESPACE}"><volumeId>${volumeId}</volumeId></DeleteVolume>`;

/** A deployment under attack. */
export class Target {
  readonly testbed: Testbed;
  readonly trust: TrustStore;
  readonly world: World;
  readonly wire: Wire;
  readonly #trap: Server;
  /** A volume that no message names: all others are copies of it. */
  readonly #pattern: string;
  #trapped = 0;

  private constructor(
    testbed: Testbed,
    trust: TrustStore,
    world: World,
    trap: Server,
    pattern: string,
  ) {
    this.#pattern = pattern;
    this.testbed = testbed;
    this.trust = trust;
    this.world = world;
    const ca = readFileSync(`${testbed.deployment.layout.pki}/ca.crt`, 'utf8');
    this.wire = { port: testbed.deployment.options.frontEndPort, agent: oneConnectionEach(ca) };
    this.#trap = trap.on('request', (_, response) => {
      this.#trapped += 1;
      response.end('victim');
    });
  }

  static async start(): Promise<Target> {
    const testbed = await Testbed.start();
    const { pki, frontEndTrust } = testbed.deployment.layout;
    const log = createLog({ service: 'attacker', level: 'error', format: 'text' });
    const trap = createServer();
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const pattern = await testbed.volume(1);
    const world: World = {
      alice: await loadIdentity(`${pki}/alice.crt`, `${pki}/alice.key`),
      bob: await loadIdentity(`${pki}/bob.crt`, `${pki}/bob.key`),
      certifier: new Certifier(pki),
      victim: copyVolume(testbed.deployment, pattern),
      trap: `http://127.0.0.1:${(trap.address() as AddressInfo).port}/`,
    };
    return new Target(testbed, await TrustStore.open(frontEndTrust, log), world, trap, pattern);
  }

  async stop(): Promise<void> {
    this.trust.close();
    this.#trap.close();
    await this.testbed.stop();
  }

  get pid(): number {
    return this.testbed.deployment.service('vbslustre').pid;
  }

  /** A right message, which has not been sent yet. */
  good(change: Attack['good'] = () => ({}), owner = userSubject('alice')): Good {
    const { deployment } = this.testbed;
    // An attack that had its way is to fail its own test, not all that follow.
    if (!this.#has(this.world.victim)) this.world.victim = copyVolume(deployment, this.#pattern);
    const volumeId = copyVolume(deployment, this.#pattern, { owner });
    const plan = this.planOf(deletion(volumeId));
    const changed = { ...plan, ...change(plan, this.world) };
    return { plan: changed, text: render(changed), volumeId };
  }

  /** A right message of alice's with this content. */
  planOf(content: string): MessagePlan {
    const plan = planFor(this.world.alice);
    const body = bodyOf(content);
    return {
      ...plan,
      body,
      references: [{ uri: '#Body', form: body }, ...plan.references.slice(1)],
    };
  }

  /** Sends an attack, and sees to it that nothing comes of it. @returns the verdict */
  async repel(shot: Shot, { wire = this.wire } = {}): Promise<string> {
    const before = stateOf(this.testbed.deployment);
    const logBefore = this.#logBytes();
    forgetPeak(this.pid);
    const memory = memoryOf(this.pid).now;
    const outcome = await fire(wire, shot);
    expect(stateOf(this.testbed.deployment)).toEqual(before);
    expect(this.#trapped, 'calls of an address in the message').toBe(0);
    expect(memoryOf(this.pid).peak - memory, 'MiB').toBeLessThan(MEMORY_MIB);
    expect(this.#logBytes() - logBefore, 'bytes of log').toBeLessThan(LOG_BYTES);
    return outcome.status === 0 ? 'connection closed' : verdictOf(outcome, this.trust);
  }

  /** Sends what must be executed, and sees to it that just this is done. */
  async accept(shot: Shot, volumeId: string, wire: Wire = this.wire): Promise<Outcome> {
    const outcome = await fire(wire, shot);
    expect(readAnswer(outcome, this.trust)).toMatchObject({ status: 200, code: '', faultcode: '' });
    await until(`${volumeId} is gone`, async () => (this.#has(volumeId) ? undefined : true));
    expect(this.#has(this.world.victim), 'the volume that nobody asked to delete').toBe(true);
    return outcome;
  }

  #has(volumeId: string): boolean {
    return stateOf(this.testbed.deployment).some((line) => line.includes(volumeId));
  }

  #logBytes(): number {
    return statSync(this.testbed.deployment.layout.log('vbslustre')).size;
  }
}
