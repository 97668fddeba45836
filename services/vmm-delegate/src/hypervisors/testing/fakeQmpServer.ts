import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export interface Command {
  execute: string;
  arguments: Record<string, unknown>;
  id: number;
}

const GREETING = { QMP: { version: {}, capabilities: [] } };

/**
 * Speaks QMP's outside only: a greeting, then for each command whatever text the script writes. It agrees
 * on capabilities by itself. For what a real QEMU can't be made to do on command.
 */
export class FakeQmpServer {
  readonly commands: Command[] = [];
  /** How many clients there have been. */
  clients = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(script: (command: Command, client: Socket) => void, greets: boolean) {
    this.#server = createServer((socket) => {
      this.clients += 1;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      if (greets) socket.write(line(GREETING));
      let unread = '';
      socket.setEncoding('utf8').on('data', (text: string) => {
        const lines = (unread + text).split('\n');
        unread = lines.pop() ?? '';
        for (const each of lines) this.#take(JSON.parse(each), socket, script);
      });
    });
  }

  static async listen(
    path: string,
    script: (command: Command, client: Socket) => void,
    { greets = true } = {},
  ): Promise<FakeQmpServer> {
    const fake = new FakeQmpServer(script, greets);
    await once(fake.#server.listen(path), 'listening');
    return fake;
  }

  /** Ends as a process does: connections and listening at once. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server.close(), 'close');
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #take(command: Command, socket: Socket, script: (command: Command, client: Socket) => void) {
    this.commands.push(command);
    if (command.execute === 'qmp_capabilities') socket.write(line({ return: {}, id: command.id }));
    else script(command, socket);
  }
}

export function line(message: object): string {
  return `${JSON.stringify(message)}\r\n`;
}
