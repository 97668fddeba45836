import { appendFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type IdKind, newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import { LustreStorage } from '../lustre.js';
import type { FakeLustre } from './fakeLustre.js';

export function lustreStorage({ directory, programs }: FakeLustre, mirrors: number) {
  const layout = { stripeSize: '4M', stripeCount: 1, mirrors };
  const settings = { directory, mountPoint: directory, programs, commandTimeoutMs: 20_000 };
  return new LustreStorage({ ...settings, ...layout });
}

/** A finished, empty file of the stand-in Lustre with so many mirrors. */
export async function mirroredFile(lustre: FakeLustre, mirrors: number, kind: IdKind = 'vol') {
  const id = newId(kind);
  const part = partName({ id, bytes: 4, orderId: newId('ord') });
  await lustreStorage(lustre, mirrors).createEmpty(part);
  await rename(join(lustre.directory, part), join(lustre.directory, id));
  return id;
}

/** What makes the other mirrors of a file stale. */
export function writeTo(lustre: FakeLustre, id: string): Promise<void> {
  return appendFile(join(lustre.directory, id), 'data');
}
