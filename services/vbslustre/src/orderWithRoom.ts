import type { Give, Ordered } from './delegates/volumeDelegates.js';
import type { FrontEnd } from './frontEnd.js';
import { moveOrder, type OrderTable } from './metadata/files.js';
import { withRoom } from './warmClones.js';

/** Who has an order, as its record says. */
interface Ordering {
  table: OrderTable;
  id: string;
  orderId: string;
  delegate: string;
}

/** Whose file it is, the bytes that it needs at most, and the volume type that its delegate must have. */
interface Need {
  owner?: string | undefined;
  bytes: number;
  type?: string | undefined;
}

/**
 * Gives a new order, once more if volumes that are kept ready make room for it: to the delegate that has it by then, since two with
 * one order would write one part.
 *
 * @throws {ServiceFault} `InsufficientVolumeCapacity`, `Unavailable`
 */
export function orderWithRoom(
  frontEnd: FrontEnd,
  { table, id, orderId, delegate }: Ordering,
  need: Need,
  give: Give,
): Promise<Ordered> {
  const { database, volumeDelegates } = frontEnd;
  let holder = delegate;
  const assign = async (name: string): Promise<boolean> => {
    const isMoved = await moveOrder(database, table, { id, orderId }, name);
    if (isMoved) holder = name;
    return isMoved;
  };
  return withRoom(frontEnd, need, () => volumeDelegates.order(holder, give, assign, need.type));
}
