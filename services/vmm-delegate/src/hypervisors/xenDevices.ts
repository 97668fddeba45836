import { type BlockAttachment, HypervisorError, type VirtualMachine } from './driver.js';
import { loopOf } from './loopDevices.js';
import type { StoreView } from './xenstore.js';
import { vdevName } from './xenVdev.js';

/** A running domain. */
export interface XenDomain extends VirtualMachine {
  /** Changes with every start of the machine. */
  id: string;
}

const CONTROL_DOMAIN = '0';
/** XenbusStateConnected: both sides work. */
const CONNECTED = '4';
/** The kernel's own backend. Another kind, such as qdisk, can say that it is connected though no process serves it. */
const KERNEL_BACKEND = 'vbd';
const DISK_BACKEND = /^(vbd|qdisk|tap)/;
const BACKENDS = `/local/domain/${CONTROL_DOMAIN}/backend`;
/** Xen's own block script makes buffered loop devices; a site's may not, nor what somebody attaches by hand. */
const DIRECT =
  'it is a loop device with direct I/O, which gives wrong data on Lustre: let Xen’s block script make buffered ones';
const VM_PATH = /^\/vm\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/i;

/**
 * The guests. One that is being made or unmade has no name yet, or no longer, and no devices that it could use.
 *
 * @throws {HypervisorError} if a guest has no UUID: without it, two machines can't be told apart
 */
export async function listDomains(store: StoreView): Promise<XenDomain[]> {
  const ids = (await store.list('/local/domain')).filter((id) => id !== CONTROL_DOMAIN);
  const domains = await Promise.all(
    ids.map(async (id): Promise<XenDomain | undefined> => {
      const path = `/local/domain/${id}`;
      const [name, vm] = await Promise.all([store.read(`${path}/name`), store.read(`${path}/vm`)]);
      if (!name || !vm) return undefined;
      const [, uuid] = VM_PATH.exec(vm) ?? [];
      if (!uuid) throw new HypervisorError(`${path}/vm holds no UUID: ${vm}`);
      return { id, name, uuid: uuid.toLowerCase() };
    }),
  );
  return domains.filter((domain) => domain !== undefined);
}

/**
 * The block devices of a domain that have a file behind them. They are read where the control domain keeps its own side:
 * what is in a guest's own part of the store, the guest can change.
 */
export async function listDevices(store: StoreView, vm: XenDomain): Promise<BlockAttachment[]> {
  const kinds = (await store.list(BACKENDS)).filter((kind) => DISK_BACKEND.test(kind));
  const found = kinds.map(async (kind) => {
    const numbers = await store.list(`${BACKENDS}/${kind}/${vm.id}`);
    return Promise.all(
      numbers.map((number) => describe(store, vm, kind, number, `${BACKENDS}/${kind}/${vm.id}`)),
    );
  });
  // An empty drive has no file.
  return (await Promise.all(found)).flat().filter(({ file }) => file.startsWith('/'));
}

/** The control domain's block device behind a disk, as the block script has written it down. */
export interface XenBacking {
  /** Its numbers in decimal, as the kernel has them: such as `7:10`. */
  block: string | undefined;
  /** Its path, which the script notes before. */
  node: string | undefined;
}

/** The backend of a guest's device. */
export interface XenBackend extends XenBacking {
  /** Of the device, as it is called in xenstore and in sysfs. */
  number: string;
}

export async function backendOf(
  store: StoreView,
  { id }: XenDomain,
  device: string,
): Promise<XenBackend | undefined> {
  const folder = `${BACKENDS}/${KERNEL_BACKEND}/${id}`;
  const numbers = await store.list(folder);
  const number = numbers.find((each) => vdevName(Number(each)) === device);
  return number === undefined
    ? undefined
    : { number, ...(await backingOf(store, `${folder}/${number}`)) };
}

/** What is behind all disks of all guests. */
export async function listBacking(store: StoreView): Promise<XenBacking[]> {
  const folder = `${BACKENDS}/${KERNEL_BACKEND}`;
  const ids = await store.list(folder);
  const disks = ids.map(async (id) =>
    (await store.list(`${folder}/${id}`)).map((number) => `${folder}/${id}/${number}`),
  );
  return Promise.all((await Promise.all(disks)).flat().map((disk) => backingOf(store, disk)));
}

async function backingOf(store: StoreView, disk: string): Promise<XenBacking> {
  const [block, node] = await Promise.all(
    ['physical-device', 'node'].map((name) => store.read(`${disk}/${name}`)),
  );
  return { block: block && numbersOf(block), node };
}

/** xenstore has them in hexadecimal. */
function numbersOf(block: string): string {
  return block
    .split(':')
    .map((number) => Number.parseInt(number, 16))
    .join(':');
}

async function describe(
  store: StoreView,
  vm: XenDomain,
  kind: string,
  number: string,
  folder: string,
): Promise<BlockAttachment> {
  const values = ['params', 'mode', 'state', 'physical-device'].map((name) =>
    store.read(`${folder}/${number}/${name}`),
  );
  const [params = '', mode, state, block] = await Promise.all(values);
  const works = state === CONNECTED && kind === KERNEL_BACKEND;
  const loop = block === undefined ? undefined : await loopOf({ numbers: numbersOf(block) });
  return {
    vm,
    device: vdevName(Number(number)),
    // Some toolstacks write their driver before the path, such as `aio:/path`.
    file: params.replace(/^(?:[a-z0-9]+:)+(?=\/)/, ''),
    // Whatever is not surely for reading may write.
    mode: mode === 'r' ? 'r' : 'w',
    state: works ? 'attached' : 'incomplete',
    ...(loop?.isDirect && { flaw: DIRECT }),
  };
}
