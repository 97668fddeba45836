import { once } from 'node:events';
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from 'node:net';

/** The way to a PostgreSQL server, which can be cut and blocked. */
export class Cutter {
  readonly #socketPath: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  /** @param folder of the server's Unix socket */
  constructor(folder: string) {
    this.#socketPath = `${folder}/.s.PGSQL.5432`;
  }

  /** Opens the way, at the port that it had before. @returns the port */
  async open(): Promise<number> {
    this.#server = createServer((socket) => {
      const onward = createConnection(this.#socketPath);
      for (const [from, to] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        this.#sockets.add(from);
        from.pipe(to);
        from.on('error', () => {}).on('close', () => to.destroy());
      }
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this.#port;
  }

  /** Breaks every connection and lets none in. */
  async cut(): Promise<void> {
    const closed = this.#server && once(this.#server, 'close');
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await closed;
  }

  /** Nothing comes through any more, and nothing breaks. */
  block(): void {
    for (const socket of this.#sockets) socket.unpipe();
    for (const socket of this.#sockets) socket.pause();
  }
}
