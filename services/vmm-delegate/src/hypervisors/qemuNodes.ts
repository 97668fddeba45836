import type { QmpConnection } from './qmp.js';

/** The part of QEMU's answers that is used here. */
export interface BlockNode {
  'node-name'?: string;
  file: string;
  ro: boolean;
}

/** Marks the devices and block nodes that are ours among those that the VM was started with. */
export const PREFIX = 'vbs-';

/** One name for the device and its block node, so that the rest of a half-made pair still says whose it is. */
export function diskId(device: string): string {
  return `${PREFIX}${device}`;
}

/** `flat`: without the chain of backing images, which raw files do not have. */
export async function namedNodes(qmp: QmpConnection): Promise<BlockNode[]> {
  return (await qmp.execute('query-named-block-nodes', { flat: true })) as BlockNode[];
}

/** Closes its file. What is not there is fine. */
export async function removeNode(qmp: QmpConnection, id: string): Promise<void> {
  const isThere = async (): Promise<boolean> =>
    (await namedNodes(qmp)).some((node) => node['node-name'] === id);
  if (!(await isThere())) return;
  try {
    await qmp.execute('blockdev-del', { 'node-name': id });
  } catch (error) {
    // Two callers may be at it at once.
    if (await isThere()) throw error;
  }
}
