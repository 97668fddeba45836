import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import type { Request } from '../support/history.js';
import type { Lane } from './lane.js';
import { making, type Operation, SIZE_MIB, volumes } from './operations.js';

const OWNER = 'CN=ann,OU=users,O=VBS-Lustre';
const BYTES = SIZE_MIB * 1024 ** 2;
let files = 0;

/** The exchange folder of the lane's user. */
function folderIn({ deployment }: Lane): string {
  const folder = join(deployment.layout.exchange, exchangeFolderOf(OWNER));
  mkdirSync(folder, { recursive: true });
  return folder;
}

function newName(): string {
  files += 1;
  return `disk${files}.img`;
}

export const IMPORT_VOLUME: Operation = {
  title: 'ImportVolume',
  call: 'ImportVolume',
  prepare: async (lane, count) =>
    Array.from({ length: count }, () => {
      const fileName = newName();
      writeFileSync(join(folderIn(lane), fileName), Buffer.alloc(BYTES - 1, fileName));
      return { fileName };
    }),
  results: making,
};

/** Where the files are to be. */
const exported = new Map<string, string>();

export const EXPORT_VOLUME: Operation = {
  title: 'ExportVolume',
  call: 'ExportVolume',
  prepare: async (lane, count) =>
    (await volumes(lane, count)).map((volumeId) => {
      const fileName = newName();
      exported.set(fileName, join(folderIn(lane), fileName));
      return { volumeId, fileName };
    }),
  results: ({ exports }, request, made) => {
    const { fileName } = request as Request<'ExportVolume'>;
    const own = exports.filter(({ exportTaskId }) => made.has(exportTaskId));
    const path = exported.get(fileName) as string;
    // Complete, and with no other name.
    const isThere = existsSync(path) && statSync(path).size === BYTES && statSync(path).nlink === 1;
    return isThere ? own.filter(({ state }) => state === 'completed').length : 0;
  },
};
