import { run } from '@vbs-lustre/shared/process/run';
import { HypervisorError } from './driver.js';
import type { CopyRecord, CopyRecords } from './pausingHost.js';
import type { XenTools } from './xenPauses.js';

/** Of the control domain alone: no guest can read or change what is here. */
const FOLDER = '/tool/vbs-lustre/copies';

/**
 * Copies are remembered in xenstore: it outlives the delegate, and ends with the host, as the domains do. It is read back, since
 * xenstore's own programs may find another one than the driver is set to.
 */
export class XenRecords implements CopyRecords {
  readonly #tools: Pick<XenTools, 'store' | 'deadline'>;

  constructor(tools: Pick<XenTools, 'store' | 'deadline'>) {
    this.#tools = tools;
  }

  async list(): Promise<CopyRecord[]> {
    const records = await this.#tools.store(this.#tools.deadline(), async (store) => {
      const ids = await store.list(FOLDER);
      return Promise.all(ids.map((id) => store.read(`${FOLDER}/${id}`)));
    });
    return records.flatMap((text) => (text ? parse(text) : []));
  }

  async write(record: CopyRecord): Promise<void> {
    const [path, text] = [`${FOLDER}/${record.snapshotId}`, JSON.stringify(record)];
    // The program takes a backslash for the beginning of an escape.
    await this.#change('xenstore-write', [path, text.replaceAll('\\', '\\\\')]);
    const kept = await this.#tools.store(this.#tools.deadline(), (store) => store.read(path));
    if (kept !== text) throw new HypervisorError('xenstore-write did not change xenstore');
  }

  async remove(snapshotId: string): Promise<void> {
    await this.#change('xenstore-rm', [`${FOLDER}/${snapshotId}`]);
  }

  async #change(program: string, args: readonly string[]): Promise<void> {
    const timeoutMs = Math.max(1, this.#tools.deadline() - Date.now());
    await run(program, args, { timeoutMs, dieWithParent: true });
  }
}

/** What is no record hides none of the others. */
function parse(text: string): CopyRecord[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}
