import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Identity, loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { Deployment } from '../deployment/deployment.js';
import { pin } from './pin.js';

const DEADLINE_MS = 60_000;

/** A deployment with one volume of alice's, its front end on a core of its own. */
export class Site {
  readonly deployment: Deployment;
  readonly alice: Identity;
  readonly volumeId: string;
  readonly authorityPem: string;

  private constructor(
    deployment: Deployment,
    alice: Identity,
    volumeId: string,
    authorityPem: string,
  ) {
    this.deployment = deployment;
    this.alice = alice;
    this.volumeId = volumeId;
    this.authorityPem = authorityPem;
  }

  static async start(
    port: number,
    core: number,
    nodeArguments: readonly string[] = [],
  ): Promise<Site> {
    const deployment = new Deployment({
      home: await mkdtemp(join(tmpdir(), 'vbs-bench-')),
      users: ['alice'],
      frontEndPort: port,
      frontEndNodeArguments: nodeArguments,
      volumeDelegates: [{ name: 'volume-delegate', port: port + 1 }],
      vmmDelegates: [],
    });
    await deployment.start();
    const { pki } = deployment.layout;
    const alice = await loadIdentity(`${pki}/alice.crt`, `${pki}/alice.key`);
    const volumeId = await makeVolume(deployment);
    await deployment.service('volume-delegate').stop();
    const authorityPem = await readFile(`${pki}/ca.crt`, 'utf8');
    const site = new Site(deployment, alice, volumeId, authorityPem);
    await site.pin(core);
    return site;
  }

  /** Keeps the front end on this core. */
  pin(core: number): Promise<void> {
    return pin(this.deployment.service('vbslustre').pid, core);
  }

  /** The content of a DescribeVolume request. */
  get describe(): string {
    return `<DescribeVolume xmlns="urn:vbs-lustre:vbslustre:2026-11"><volumeId>${this.volumeId}</volumeId></DescribeVolume>`;
  }

  /** Microseconds of processor time that the front end has used so far. */
  async cpuTime(): Promise<number> {
    const { pid } = this.deployment.service('vbslustre');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_US;
  }

  async stop(): Promise<void> {
    await this.deployment.stop();
    await rm(this.deployment.layout.home, { recursive: true, force: true });
  }
}

/** proc(5): the fields after the command's name. */
const UTIME = 11;
const STIME = 12;
const TICK_US = 10_000;

async function makeVolume(deployment: Deployment): Promise<string> {
  const client = await deployment.client('alice');
  const { volumeId } = await client.CreateVolume({ sizeMiB: 1 });
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    if ((await client.DescribeVolume({ volumeId })).status === 'available') return volumeId;
    await delay(50);
  }
  throw new Error('the volume does not get available');
}
