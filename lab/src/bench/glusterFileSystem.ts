import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '@vbs-lustre/shared/process/run';
import { ImageFileSystem } from './imageFileSystem.js';

const TIMEOUT_MS = 120_000;
const POLL_MS = 200;
const NODES = [1, 2, 3, 4];
const BRIDGE = 'vbs-bench';
const nodeName = (node: number) => `vbs-oss${node}`;
const addressOf = (node: number) => `10.77.0.${node}`;

/**
 * GlusterFS of four storage nodes, as far as one machine can be four: each is a network namespace, and all write to one disk. Files
 * are spread over them in pieces of 4 MiB. Only one of it can be there.
 */
export class GlusterFileSystem {
  readonly #mountPoint: string;
  readonly #bricks: ImageFileSystem;
  readonly #folder: string;

  private constructor(mountPoint: string, bricks: ImageFileSystem, folder: string) {
    this.#mountPoint = mountPoint;
    this.#bricks = bricks;
    this.#folder = folder;
  }

  /** @throws {Error} if this is not root's process, or GlusterFS does not start */
  static async mount(mountPoint: string, bytes: number, isSparse: boolean) {
    await removeNodes();
    const folder = await mkdtemp(join(tmpdir(), 'vbs-gluster-'));
    const disk = join(folder, 'disk');
    await mkdir(disk);
    const bricks = await ImageFileSystem.mount('ext4', disk, bytes, isSparse);
    const made = new GlusterFileSystem(mountPoint, bricks, folder);
    try {
      await act('ip', 'link', 'add', BRIDGE, 'type', 'bridge');
      await act('ip', 'address', 'add', `${addressOf(254)}/24`, 'dev', BRIDGE);
      await act('ip', 'link', 'set', BRIDGE, 'up');
      for (const node of NODES) await made.#startNode(node);
      await made.#makeVolume();
      await act('glusterfs', `--volfile-server=${addressOf(1)}`, '--volfile-id=vbs', mountPoint);
      await act('chmod', '700', mountPoint);
      return made;
    } catch (error) {
      await made.unmount();
      throw error;
    }
  }

  async unmount(): Promise<void> {
    await act('umount', this.#mountPoint).catch(() => undefined);
    await removeNodes();
    await this.#bricks.unmount();
    await rm(this.#folder, { recursive: true });
  }

  /** Until it has removed the pieces of what was deleted, which it does in the background. */
  async settled(): Promise<void> {
    const queues = NODES.map((node) => join(this.#brick(node), '.shard/.remove_me'));
    const waiting = async (queue: string) => (existsSync(queue) ? readdir(queue) : []);
    while ((await Promise.all(queues.map(waiting))).flat().length > 0) await delay(POLL_MS);
  }

  /** A node in a network and a mount namespace: else they would meet in /run and /var. */
  async #startNode(node: number): Promise<void> {
    const name = nodeName(node);
    const [outside, home] = [`vbs-veth${node}`, join(this.#folder, name)];
    await act('ip', 'netns', 'add', name);
    const peer = ['peer', 'name', 'eth0', 'netns', name];
    await act('ip', 'link', 'add', outside, 'type', 'veth', ...peer);
    await act('ip', 'link', 'set', outside, 'master', BRIDGE, 'up');
    await act('ip', '-n', name, 'address', 'add', `${addressOf(node)}/24`, 'dev', 'eth0');
    for (const device of ['eth0', 'lo']) await act('ip', '-n', name, 'link', 'set', device, 'up');
    for (const each of ['lib', 'log']) await mkdir(join(home, each), { recursive: true });
    await mkdir(this.#brick(node));
    const volfile = await readFile('/etc/glusterfs/glusterd.vol', 'utf8');
    const bind = `option transport.socket.bind-address ${addressOf(node)}`;
    await writeFile(join(home, 'vol'), volfile.replace('end-volume', `    ${bind}\nend-volume`));
    const start = [
      'mount -t tmpfs tmpfs /run',
      'mount --bind "$0/lib" /var/lib/glusterd && mount --bind "$0/log" /var/log/glusterfs',
      'exec glusterd -f "$0/vol" -p "$0/pid"',
    ].join(' && ');
    await act('ip', 'netns', 'exec', name, 'unshare', '-m', 'sh', '-c', start, home);
  }

  async #makeVolume(): Promise<void> {
    for (const node of NODES.slice(1)) {
      await until(() => this.#gluster('peer', 'probe', addressOf(node)));
    }
    const bricks = NODES.map((node) => `${addressOf(node)}:${this.#brick(node)}`);
    await until(() =>
      this.#gluster('volume', 'create', 'vbs', 'transport', 'tcp', ...bricks, 'force'),
    );
    await this.#gluster('volume', 'set', 'vbs', 'features.shard', 'on');
    await this.#gluster('volume', 'set', 'vbs', 'features.shard-block-size', '4MB');
    // A client that is to make more pieces at once than it remembers (16384, if not told) aborts: 64 GiB.
    await this.#gluster('volume', 'set', 'vbs', 'features.shard-lru-limit', '65536');
    await this.#gluster('volume', 'start', 'vbs');
  }

  #brick(node: number): string {
    return join(this.#folder, 'disk', nodeName(node));
  }

  async #gluster(...args: string[]): Promise<void> {
    const pid = await readFile(join(this.#folder, nodeName(1), 'pid'), 'utf8');
    await act('nsenter', '-t', pid.trim(), '-m', '-n', 'gluster', '--mode=script', ...args);
  }
}

/** Also those of a bench that was killed. */
async function removeNodes(): Promise<void> {
  for (const node of NODES) {
    const name = nodeName(node);
    const { stdout } = await act('ip', 'netns', 'pids', name).catch(() => ({ stdout: '' }));
    for (const pid of stdout.split('\n').filter(Boolean)) await act('kill', '-9', pid);
    await act('ip', 'link', 'delete', `vbs-veth${node}`).catch(() => undefined);
    await act('ip', 'netns', 'delete', name).catch(() => undefined);
  }
  await act('ip', 'link', 'delete', BRIDGE).catch(() => undefined);
}

async function until(succeeds: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + TIMEOUT_MS; ; await delay(POLL_MS)) {
    try {
      return await succeeds();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

function act(program: string, ...args: string[]) {
  return run(program, args, { timeoutMs: TIMEOUT_MS });
}
