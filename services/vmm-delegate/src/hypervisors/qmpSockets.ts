import { QmpConnection } from './qmp.js';

interface Shared {
  connection: Promise<QmpConnection>;
  users: number;
}

/**
 * QEMU's monitor serves one client, so all calls of this process that overlap share one connection, which
 * is closed with the last of them. Queueing instead would make every list wait for a guest that is slow to
 * release a device.
 */
export class QmpSockets {
  readonly #timeoutMs: number;
  readonly #shared = new Map<string, Shared>();

  /** @param timeoutMs limit for getting the monitor, and again for each command. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** @throws {QmpError} if the monitor can't be reached, and whatever `action` throws. */
  async use<T>(path: string, action: (qmp: QmpConnection) => Promise<T>): Promise<T> {
    const shared = this.#shared.get(path) ?? this.#open(path);
    shared.users += 1;
    try {
      const qmp = await shared.connection;
      try {
        return await action(qmp);
      } finally {
        if (qmp.closed || shared.users === 1) this.#forget(path, shared);
        if (shared.users === 1) qmp.close();
      }
    } finally {
      shared.users -= 1;
    }
  }

  #open(path: string): Shared {
    const shared: Shared = { connection: QmpConnection.open(path, this.#timeoutMs), users: 0 };
    shared.connection.catch(() => this.#forget(path, shared));
    this.#shared.set(path, shared);
    return shared;
  }

  #forget(path: string, shared: Shared): void {
    if (this.#shared.get(path) === shared) this.#shared.delete(path);
  }
}
