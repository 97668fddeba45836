import type { VolumeDelegateClient } from '@vbs-lustre/client';
import { isFault, ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Ordered } from './delegates/volumeDelegates.js';
import { endCancelledCopy } from './endCopy.js';
import { isEnd } from './fileOutcomes.js';
import type { FrontEnd } from './frontEnd.js';
import { giveExtension } from './giveExtension.js';
import type { Database } from './metadata/database.js';
import { type NewEvent, recordEvent } from './metadata/events.js';
import type { ExportTask } from './metadata/exports.js';
import { type FileTable, moveOrder, renewOrder } from './metadata/files.js';
import { grantLease } from './metadata/orderLeases.js';
import type { Snapshot } from './metadata/snapshots.js';
import type { WaitingStatus } from './metadata/states.js';
import { DatabaseUnavailable } from './metadata/unavailable.js';
import type { Verification } from './metadata/verifications.js';
import type { Volume } from './metadata/volumes.js';
import { orderWithRoom } from './orderWithRoom.js';
import { takeBack } from './takeBack.js';
import { orderEnded } from './verification.js';
import { withRoom } from './warmClones.js';

/** A volume, snapshot, export or verification, with what a Volume Delegate has to know to make, read or delete its file. */
export type OrderedFile =
  | ({ table: 'volumes' } & Pick<
      Volume,
      'id' | 'orderId' | 'delegate' | 'sizeBytes' | 'snapshotId'
    > &
      Partial<
        Pick<
          Volume,
          | 'targetSizeBytes'
          | 'owner'
          | 'importFrom'
          | 'volumeType'
          | 'readOnly'
          | 'snapshotData'
          | 'cancelled'
        >
      >)
  | ({ table: 'snapshots' } & Pick<
      Snapshot,
      'id' | 'orderId' | 'delegate' | 'sizeBytes' | 'volumeId' | 'consistency'
    > &
      Partial<Pick<Snapshot, 'cancelled' | 'copying' | 'checksum'>>)
  | ({ table: 'exports' } & Pick<
      ExportTask,
      'id' | 'owner' | 'orderId' | 'delegate' | 'sizeBytes' | 'sourceId' | 'fileName'
    >)
  | ({ table: 'verifications' } & Pick<Verification, 'id' | 'orderId' | 'delegate' | 'sizeBytes'>);

/**
 * Orders the file of a record that is `pending`, and takes the record back if no delegate will make it.
 * If it can't be known whether a delegate has the order, the record stays, and the reconciler finds out.
 *
 * @throws {ServiceFault} `InsufficientVolumeCapacity`, `Unavailable`
 */
export async function orderCreation(frontEnd: FrontEnd, file: OrderedFile): Promise<void> {
  const need = { ...needOf(file), type: typeOf(file) };
  const answer = await orderWithRoom(frontEnd, file, need, giveCreation(file)).catch(
    async (error) => {
      if (error instanceof ServiceFault && !(await takeBack(frontEnd, file, error)))
        return 'unknown' as const;
      throw error;
    },
  );
  await applyAnswer(frontEnd, file, answer);
}

/**
 * Orders the deletion of the file of a record that is `deleting`. If no delegate can be reached, the record stays so
 * and the reconciler goes on: a deletion that was acknowledged stays one.
 *
 * A file that is still being made is deleted by the delegate that makes it, which stops first. It is only another one's when
 * the lease of that one is over.
 */
export async function orderDeletion(
  frontEnd: FrontEnd,
  file: Extract<OrderedFile, { table: FileTable }>,
): Promise<void> {
  const waiting = { ...file, status: 'deleting' } as const;
  if (file.cancelled) {
    if (await mayBeDeleted(frontEnd, waiting)) await repeatOrder(frontEnd, waiting);
    return;
  }
  const { database, volumeDelegates } = frontEnd;
  const answer = await volumeDelegates
    .order(file.delegate, giveDeletion(file), (name) => moveOrder(database, file.table, file, name))
    .catch((error) => {
      if (isFault(error, 'Unavailable')) return 'unknown' as const;
      throw error;
    });
  await applyAnswer(frontEnd, file, answer).catch((error) => {
    // Another instance may be told the same at this moment; else the reconciler writes it down.
    if (!(error instanceof DatabaseUnavailable)) throw error;
  });
}

/** Whether no hypervisor writes to a file that is to be deleted. */
export async function mayBeDeleted(frontEnd: FrontEnd, file: WaitingFile): Promise<boolean> {
  return file.table !== 'snapshots' || endCancelledCopy(frontEnd, file);
}

/** A file whose status waits for an order. */
export type WaitingFile = OrderedFile & { status: WaitingStatus };

/**
 * Gives an order of which nothing was heard once more.
 * @param event is recorded if the answer ends it
 * @returns whether the delegate answered
 * @throws {ServiceFault} if it is refused.
 */
export async function repeatOrder(
  frontEnd: FrontEnd,
  file: WaitingFile,
  event?: NewEvent,
): Promise<boolean> {
  const give = giveAgain(frontEnd.database, file);
  const repeat = () => frontEnd.volumeDelegates.repeat(file.delegate, give);
  const answer = await withRoom(frontEnd, needOf(file), repeat);
  if (answer === 'unknown') return false;
  await grantLease(frontEnd.database, file);
  await applyAnswer(frontEnd, file, answer, event);
  return true;
}

/**
 * Makes an order whose lease is over one of another delegate, under a new id: the silent one may still work, on a part
 * of its own, and whoever finishes first gives the file its name. It gives up when it hears that nobody waits for it.
 * @returns the file with its new order, which is yet to be given; undefined if there is nobody else, or nothing to pass on
 */
export async function passOrderOn(
  { database, volumeDelegates, instance }: FrontEnd,
  file: WaitingFile,
): Promise<WaitingFile | undefined> {
  const type = file.status === 'pending' ? typeOf(file) : undefined;
  const delegate = await volumeDelegates.otherThan(file.delegate, type);
  if (delegate === undefined) return undefined;
  // What is filled is filled under the name of its order: there is nothing to be done twice.
  const isFilled = file.table === 'snapshots' && file.consistency === 'crash-consistent';
  const orderId = isFilled && file.status === 'pending' ? file.orderId : newId('ord');
  const renewed = { ...file, orderId, delegate };
  return database.transaction(async (transaction) => {
    if (!(await renewOrder(transaction, file.table, file, renewed))) return undefined;
    await recordEvent(transaction, {
      ...{ instance, subjectId: file.id, action: 'order-passed-on' },
      reason: `${file.delegate} is silent`,
      details: { from: file.delegate, to: delegate, before: file.orderId, now: renewed.orderId },
    });
    return renewed;
  });
}

/** An answer may tell the end already: of a deletion that was quick, or of an order given twice. */
export async function applyAnswer(
  frontEnd: FrontEnd,
  file: OrderedFile,
  answer: Ordered,
  event?: NewEvent,
): Promise<void> {
  if (answer === 'unknown' || !isEnd(answer.state)) return;
  await orderEnded(frontEnd, file, answer.state, answer, event);
}

function giveAgain(database: Database, file: WaitingFile) {
  if (file.status === 'deleting') return giveDeletion(file);
  if (file.status === 'pending' || file.table !== 'volumes') return giveCreation(file);
  return giveExtension(database, {
    ...file,
    targetSizeBytes: file.targetSizeBytes ?? file.sizeBytes,
  });
}

function giveCreation(file: OrderedFile) {
  return (delegate: VolumeDelegateClient): Promise<volumeDelegate.JobResponse> => {
    const { id, orderId, sizeBytes } = file;
    if (file.table === 'snapshots') {
      return delegate.CreateSnapshotFile({
        orderId,
        snapshotId: id,
        volumeId: file.volumeId,
        sizeBytes,
        // Only what was copied without a Volume Delegate.
        ...(file.consistency === 'crash-consistent' && { isFilled: true }),
        ...(file.checksum && { checksum: true }),
      });
    }
    if (file.table === 'verifications') {
      return delegate.ChecksumSnapshotFile({ orderId, snapshotId: id, sizeBytes });
    }
    if (file.table === 'exports') {
      const { owner, fileName, sourceId } = file;
      return delegate.ExportFile({
        ...{ orderId, exportTaskId: id, sourceId, sizeBytes, owner, fileName },
      });
    }
    const { owner = '', importFrom } = file;
    return delegate.CreateVolumeFile({
      orderId,
      volumeId: id,
      sizeBytes,
      snapshotId: file.snapshotId,
      ...(importFrom && { importFrom: { owner, ...importFrom } }),
      volumeType: file.volumeType,
      ...(file.readOnly && { readOnly: true }),
      ...(file.snapshotData && { snapshotData: file.snapshotData }),
    });
  };
}

/** Whose file it is, and what it needs at most. */
function needOf(file: OrderedFile): { owner?: string | undefined; bytes: number } {
  const { targetSizeBytes = undefined } = file.table === 'volumes' ? file : {};
  const bytes = targetSizeBytes === undefined ? file.sizeBytes : targetSizeBytes - file.sizeBytes;
  return { owner: 'owner' in file ? file.owner : undefined, bytes };
}

function typeOf(file: OrderedFile): string | undefined {
  return file.table === 'volumes' ? file.volumeType : undefined;
}

function giveDeletion({ table, id, orderId }: OrderedFile) {
  return (delegate: VolumeDelegateClient): Promise<volumeDelegate.JobResponse> =>
    delegate.DeleteFile(
      table === 'volumes' ? { orderId, volumeId: id } : { orderId, snapshotId: id },
    );
}
