import type { Server } from 'node:net';

/** Has a server listen. @throws {Error} naming the address, if it is taken */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new Error(`${host}:${port} is taken by another program; free it or set another port`)
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}
