import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

const HOST = '127.0.0.1';
const FIRST = 10_000;
const BLOCK = 100;

/** Ports that this process alone gives away: it holds the first of them as long as it runs. */
interface Block {
  next: number;
  end: number;
}

let block: Block = { next: 0, end: 0 };

/**
 * Free ports in a row, which nobody else gets: no other test, nor one that runs at the same time, also while the service that listens
 * there is down. They lie below those that the kernel gives to whoever connects somewhere or wants any port.
 */
export async function freePorts(count: number): Promise<number[]> {
  for (;;) {
    if (block.next + count > block.end) block = await takeBlock();
    const { next } = block;
    block.next += count;
    const ports = Array.from({ length: count }, (_, index) => next + index);
    const servers = await Promise.all(ports.map(listen));
    await Promise.all(servers.map((server) => server && close(server)));
    // Some other program may have one of them.
    if (servers.every(Boolean)) return ports;
  }
}

async function takeBlock(): Promise<Block> {
  const blocks = Math.floor((firstOfTheKernel() - FIRST) / BLOCK);
  for (;;) {
    const first = FIRST + Math.floor(Math.random() * blocks) * BLOCK;
    const holder = await listen(first);
    holder?.unref();
    if (holder) return { next: first + 1, end: first + BLOCK };
  }
}

function firstOfTheKernel(): number {
  const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  return Math.max(Number(range.split('\t')[0]), 2 * FIRST);
}

/** @returns undefined if the port is taken */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => resolve(server));
  });
}

function close(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}
