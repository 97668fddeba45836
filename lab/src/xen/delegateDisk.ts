import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '@vbs-lustre/shared/process/run';
import { buildOnce } from '../images/buildOnce.js';
import { makeDisk } from './disk.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** The VMM Delegate and those of our own packages that it needs. */
const PACKAGES = ['wsdl', 'shared', 'client', 'services/vmm-delegate'];
const COMMAND_MS = 300_000;

/**
 * A disk with the VMM Delegate as an operator would install it: from what `npm pack` gives, in a folder of its own.
 * The cache keeps it as long as the packages stay the same.
 *
 * @returns the path of the image
 * @throws {CommandError} if npm fails
 */
export async function prepareDelegateDisk(): Promise<string> {
  const packed = await mkdtemp(join(tmpdir(), 'vbs-packed-'));
  try {
    const workspaces = PACKAGES.flatMap((each) => ['-w', each]);
    const { stdout } = await npm(ROOT, ['pack', '--pack-destination', packed, ...workspaces]);
    const archives = stdout.trim().split('\n');
    const contents = await Promise.all(archives.map((name) => readFile(join(packed, name))));
    const digest = createHash('sha256');
    for (const content of contents) digest.update(content);
    const version = digest.digest('hex').slice(0, 8);
    const folder = await buildOnce(`vmm-delegate-${version}`, async (unfinished) => {
      const files = archives.map((name) => `./${name}`);
      await writeFile(join(packed, 'package.json'), '{"private": true}');
      await npm(packed, ['install', '--no-audit', '--no-fund', '--omit=dev', ...files]);
      await makeDisk(packed, join(unfinished, 'image'));
    });
    return join(folder, 'image');
  } finally {
    await rm(packed, { recursive: true });
  }
}

function npm(cwd: string, [command = '', ...args]: readonly string[]) {
  return run('npm', [command, '--silent', ...args], { cwd, timeoutMs: COMMAND_MS });
}
