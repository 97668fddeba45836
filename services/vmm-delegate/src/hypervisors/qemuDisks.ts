import {
  type AttachOrder,
  type BlockAttachment,
  HypervisorError,
  type VirtualMachine,
} from './driver.js';
import { cancelCopies } from './qemuCopies.js';
import { type BlockNode, diskId, namedNodes, PREFIX, removeNode } from './qemuNodes.js';
import { type QmpConnection, QmpError, type QmpEvent } from './qmp.js';

/** The part of QEMU's answers that is used here. */
interface BlockDevice {
  /** Name of an old-style drive; empty for a device made by `device_add`. */
  device: string;
  /** QOM path, such as `/machine/peripheral/vbs-xvdb/virtio-backend`. */
  qdev?: string;
  inserted?: BlockNode;
}

/**
 * What QEMU itself says that the VM has. A node of ours without a device is the rest of a failed attach or
 * of a detach that the guest answered late: `incomplete`. QEMU does not tell that an unplug is pending: such
 * a device still works and counts as `attached`.
 */
export async function listDisks(qmp: QmpConnection, vm: VirtualMachine) {
  const nodes = await namedNodes(qmp);
  const devices = (await qmp.execute('query-block')) as BlockDevice[];
  const attached = new Map(devices.map((device) => [deviceId(device), device]));
  const own: BlockAttachment[] = nodes
    .filter((node) => node['node-name']?.startsWith(PREFIX))
    .map((node) => {
      const id = node['node-name'] as string;
      const state = attached.has(id) ? 'attached' : 'incomplete';
      attached.delete(id);
      return { vm, device: id.slice(PREFIX.length), ...backing(node), state };
    });
  const others = [...attached].flatMap(([id, { inserted }]): BlockAttachment[] =>
    inserted ? [{ vm, device: id, ...backing(inserted), state: 'attached' }] : [],
  );
  return [...own, ...others].filter(({ file }) => file.startsWith('/'));
}

function backing(node: BlockNode): Pick<BlockAttachment, 'file' | 'mode'> {
  return { file: node.file, mode: node.ro ? 'r' : 'w' };
}

function deviceId({ device, qdev = '' }: BlockDevice): string {
  return /^\/machine\/peripheral\/([^/]+)/.exec(qdev)?.[1] ?? (device || qdev);
}

/** @throws {QmpError} QEMU's words, also when another process on this host has the file locked. */
export async function addDisk(qmp: QmpConnection, order: AttachOrder): Promise<void> {
  const id = diskId(order.device);
  const access = { 'read-only': order.mode !== 'w', 'auto-read-only': false };
  // The format is named, never probed: a guest could write the header of another one into its own disk.
  await qmp.execute('blockdev-add', {
    driver: 'raw',
    'node-name': id,
    ...access,
    file: { driver: 'file', filename: order.file, locking: 'on', ...access },
  });
  try {
    const { serial } = order;
    await qmp.execute('device_add', { driver: 'virtio-blk-pci', id, drive: id, serial });
  } catch (error) {
    // Only what QEMU has refused is known not to be there; of a lost answer nothing is known.
    const refused = error instanceof QmpError && error.kind === 'refused';
    // A node that stays shows up in the list, so the words that matter are those of the refusal.
    if (refused) await removeNode(qmp, id).catch(() => {});
    throw error;
  }
}

/** The file has this size already: QEMU only looks at it, and tells the guest. */
export async function resizeDisk(qmp: QmpConnection, device: string, sizeBytes: number) {
  await qmp.execute('block_resize', { 'node-name': diskId(device), size: sizeBytes });
}

/**
 * @param timeoutMs for the guest to let the device go.
 * @throws {HypervisorError} if the guest refuses or does not answer; the request then stays pending in QEMU.
 */
export async function removeDisk(qmp: QmpConnection, device: string, timeoutMs: number) {
  const id = diskId(device);
  const answer = qmp.nextEvent((event) => isAnswer(event, id), timeoutMs);
  // Nobody waits for it if there turns out to be no device.
  answer.catch(() => {});
  if (await requestUnplug(qmp, id)) await guestReleases(answer, device, timeoutMs);
  // They would keep the node; one that the guest keeps goes on being copied.
  await cancelCopies(qmp, device, timeoutMs);
  await removeNode(qmp, id);
}

/** DEVICE_DELETED comes twice: first for the virtio part of the device, without a name. */
function isAnswer({ event, data }: QmpEvent, id: string): boolean {
  const isOne = event === 'DEVICE_DELETED' || event === 'DEVICE_UNPLUG_GUEST_ERROR';
  return isOne && data?.device === id;
}

/** False if there is no such device. A request that is pending already is as good as a new one. */
async function requestUnplug(qmp: QmpConnection, id: string): Promise<boolean> {
  try {
    await qmp.execute('device_del', { id });
    return true;
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    if (error.errorClass === 'DeviceNotFound') return false;
    if (/already in the process of unplug/.test(error.message)) return true;
    throw error;
  }
}

async function guestReleases(answer: Promise<QmpEvent>, device: string, timeoutMs: number) {
  try {
    const { event } = await answer;
    if (event === 'DEVICE_DELETED') return;
  } catch (error) {
    if (!(error instanceof QmpError && error.kind === 'timeout')) throw error;
    throw new HypervisorError(`the guest did not release ${device} within ${timeoutMs} ms`);
  }
  throw new HypervisorError(`the guest refuses to release ${device}`);
}
