import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from './layout.js';
import { type DelegateOptions, xenDelegateSettings } from './settings.js';

/** The settings file of the VMM Delegate of a Xen host, in the folder that its control domain sees. */
export const XEN_CONFIG = 'vmm-delegate.json';

/** Writes what the VMM Delegate of a Xen host needs, and nothing else, into the folder that its control domain sees. */
export async function writeXenSettings(
  layout: Layout,
  delegate: DelegateOptions,
  frontEndPorts: readonly number[],
): Promise<void> {
  const folder = layout.xenSettings(delegate.name);
  await mkdir(join(folder, 'trust'), { recursive: true, mode: 0o700 });
  for (const file of [`${delegate.name}.crt`, `${delegate.name}.key`, 'ca.crt']) {
    await copyFile(join(layout.pki, file), join(folder, file));
  }
  await copyFile(join(layout.pki, 'vbslustre.crt'), join(folder, 'trust', 'vbslustre.crt'));
  const settings = xenDelegateSettings(delegate, frontEndPorts);
  await writeFile(join(folder, XEN_CONFIG), `${JSON.stringify(settings, null, 2)}\n`);
}
