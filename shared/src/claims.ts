import { isId } from './ids.js';

/** Where claims lie in the volume directory. */
export const CLAIMS_FOLDER = '.attachments';

/** Of a claim for a device that was found attached without one: any order may detach it. */
export const UNKNOWN_ORDER = 'ord-00000000000000000';

/** The longest file name of Linux's file systems, in bytes. */
const LONGEST_NAME = 255;

/**
 * What a host says before it asks its hypervisor: this volume is, or is about to be, a disk of a machine here. A claim
 * is an empty file whose name tells all, so that making it is one step and one look at the folder shows everybody's.
 */
export interface Claim {
  volumeId: string;
  mode: 'r' | 'w';
  /** The name of the host's VMM Delegate. */
  host: string;
  /** The attach order. */
  orderId: string;
  device: string;
  /** Of the virtual machine. */
  uuid: string;
}

/** @throws {RangeError} if the host or the device has too long a name. */
export function claimName({ volumeId, mode, host, orderId, device, uuid }: Claim): string {
  const name = [volumeId, mode, encode(host), orderId, encode(device), encode(uuid)].join('.');
  if (name.length > LONGEST_NAME) throw new RangeError(`too long a name of a claim: ${name}`);
  return name;
}

/** What a file name claims, or undefined if it is not the name of a claim. */
export function parseClaimName(name: string): Claim | undefined {
  const [volumeId = '', mode, host = '', orderId = '', device = '', uuid = '', ...more] =
    name.split('.');
  if (!isId('vol', volumeId) || !isId('ord', orderId) || more.length > 0) return undefined;
  if (mode !== 'r' && mode !== 'w') return undefined;
  try {
    const decoded = [host, device, uuid].map((part) => decodeURIComponent(part));
    const [ofHost = '', ofDevice = '', ofMachine = ''] = decoded;
    return { volumeId, mode, host: ofHost, orderId, device: ofDevice, uuid: ofMachine };
  } catch {
    return undefined;
  }
}

/** A pattern, for `find -name`, of the claims of a volume, of a host, or of both. */
export function claimsPattern({ volumeId, host }: { volumeId?: string; host?: string }): string {
  return [volumeId ?? '*', '[rw]', host === undefined ? '*' : encode(host), 'ord-*'].join('.');
}

/** Every byte but letters, digits, dashes and underscores as %XX: no dot, slash or wildcard is left. */
function encode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) => (/[\w-]/.test(char) ? char : `%${hex(char)}`))
    .join('');
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}
