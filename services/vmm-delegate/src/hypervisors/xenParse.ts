import { HypervisorError } from './driver.js';

export interface XenDomain {
  /** Changes with every start of the VM, so it is only good for the commands of one call. */
  id: string;
  name: string;
}

/** A virtual block device of one domain. */
export interface XenVbd {
  /** Number of the device in the guest, which stands for its name. */
  vdev: number;
  state: string;
  /** Where xenstore describes the side of the host. */
  backend: string;
}

/** A domain that is being made or unmade has no name in xenstore, and no devices that it could use. */
const NAMELESS = '(null)';
const CONTROL_DOMAIN = '0';

// From the right, because a name can hold spaces: name, id, memory, processors, state, seconds.
const RUNNING = /^(.+?)\s+(\d+)\s+\d+\s+\d+\s+[a-z-]{6}\s+[\d.]+\s*$/;
// xm also lists domains that it only knows of: no id, no state.
const NOT_RUNNING = /^.+?\s+\d+\s+\d+\s+(?:-{6}\s+)?[\d.]+\s*$/;
const VBD = /^(\d+)\s+\S+\s+\S+\s+(\S+)\s+\S+\s+\S+\s+(\/\S+)\s*$/;
const VM_PATH = /^\/vm\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/i;

/**
 * The guests in the output of `xl list`.
 *
 * @throws {HypervisorError} at a line it can't read: a list with holes would say that VMs have ended.
 */
export function parseDomains(output: string): XenDomain[] {
  return tableRows(output, 'Name')
    .filter((line) => RUNNING.test(line) || !NOT_RUNNING.test(line))
    .map((line) => {
      const [, name, id] = RUNNING.exec(line) ?? unreadable(line);
      return { name: name as string, id: id as string };
    })
    .filter(({ id, name }) => id !== CONTROL_DOMAIN && name !== NAMELESS);
}

/** The output of `xl block-list`. @throws {HypervisorError} at a line it can't read. */
export function parseVbds(output: string): XenVbd[] {
  return tableRows(output, 'Vdev').map((line) => {
    const [, vdev, state, backend] = VBD.exec(line) ?? unreadable(line);
    return { vdev: Number(vdev), state: state as string, backend: backend as string };
  });
}

/** The uuid in `/local/domain/ID/vm`, lower case. @throws {HypervisorError} if it holds none. */
export function parseVmPath(value: string): string {
  const [, uuid] = VM_PATH.exec(value) ?? unreadable(value);
  return (uuid as string).toLowerCase();
}

/** The path in a backend's `params`: some toolstacks write their driver before it, such as `aio:/path`. */
export function stripDriver(params: string): string {
  return params.replace(/^(?:[a-z0-9]+:)+(?=\/)/, '');
}

function tableRows(output: string, header: string): string[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines[0]?.startsWith(`${header} `) ? lines.slice(1) : lines;
}

function unreadable(text: string): never {
  throw new HypervisorError(`can't read what Xen says: ${JSON.stringify(text.slice(0, 200))}`);
}
