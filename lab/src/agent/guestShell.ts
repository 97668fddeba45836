import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { GuestResult } from './agentProtocol.js';
import type { LabGuest } from './labGuest.js';

/** As long as a person may want to look on. */
const LIMIT_MS = 600_000;

/**
 * Lets other processes of this user run scripts in a guest, whose one port is this process's: at a Unix socket, one
 * script for each connection.
 * @param path is taken also if something that was killed has left it behind
 */
export async function serveGuestShell(
  guest: LabGuest,
  path: string,
): Promise<{ stop(): Promise<void> }> {
  await rm(path, { force: true });
  // The script ends with the writing side of the connection; the answer goes the other way then.
  const server = createServer({ allowHalfOpen: true }, (socket) => void answer(guest, socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    stop: async () => {
      server.close();
      await rm(path, { force: true });
    },
  };
}

/**
 * Runs a script in a guest that another process serves at this socket.
 * @throws {Error} saying what to do if nobody serves it, or why the guest has not run it.
 */
export async function runInGuest(path: string, script: string): Promise<GuestResult> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.end(script);
  const reply = JSON.parse(await text(socket)) as GuestResult | { error: string };
  if ('error' in reply) throw new Error(reply.error);
  return reply;
}

async function answer(guest: LabGuest, socket: Socket): Promise<void> {
  // Who has gone away gets no answer.
  socket.on('error', () => {});
  try {
    const result = await guest.run(await allOf(socket), LIMIT_MS);
    socket.end(JSON.stringify(result));
  } catch (error) {
    socket.end(JSON.stringify({ error: (error as Error).message }));
  }
}

/** What comes until the other side has ended; unlike a stream's own consumers it leaves our side open. */
async function allOf(socket: Socket): Promise<string> {
  const chunks: string[] = [];
  socket.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  await once(socket, 'end');
  return chunks.join('');
}
