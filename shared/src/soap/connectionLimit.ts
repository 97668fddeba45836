import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/**
 * Closes connections of a client, by its address, that has as many as it may.
 * @param perClient connections of one address at once
 * @param onRefusal hears of each that is closed
 */
export function limitConnections(server: Server, perClient: number, onRefusal: () => void): void {
  const counts = new Map<string, number>();
  // Before TLS, which is what a flood of connections would make us pay for.
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    socket.once('close', () => {
      const left = (counts.get(address) ?? 1) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    });
    if (count <= perClient) return;
    socket.destroy();
    onRefusal();
  });
}
