import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Shot } from './attack.js';

/** What came back; status 0 if the connection was closed without an answer. */
export interface Outcome {
  status: number;
  text: string;
}

export interface Wire {
  port: number;
  agent: Agent;
}

export function oneConnectionEach(ca: string): Agent {
  return new Agent({ ca, keepAlive: false });
}

const CLOSED = ['ECONNRESET', 'EPIPE', 'ECONNABORTED'];

/** Sends what is given, byte by byte as it is given, over https. */
export async function fire({ port, agent }: Wire, shot: Shot): Promise<Outcome> {
  const { body, headers = {}, method = 'POST', path = '/vbslustre' } = shot;
  const call = request({
    ...{ host: '127.0.0.1', port, agent, method, path },
    headers: { 'Content-Type': 'text/xml; charset=utf-8', ...headers },
  });
  const answered = answerOf(call);
  if (typeof body === 'function') await pour(call, body());
  else call.end(body);
  return answered;
}

function answerOf(call: ClientRequest): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    call.on('error', (error: NodeJS.ErrnoException) => {
      if (CLOSED.includes(error.code ?? '')) resolve({ status: 0, text: '' });
      else reject(error);
    });
    call.on('response', (response) => {
      collect(response).then(resolve, () => resolve({ status: 0, text: '' }));
    });
  });
}

async function collect(response: IncomingMessage): Promise<Outcome> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

/** As much as the other side takes, until it has answered or gone. */
async function pour(call: ClientRequest, chunks: Iterable<Buffer>): Promise<void> {
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    for (const event of ['response', 'error', 'close']) call.once(event, () => resolve());
  }).then(() => {
    isOver = true;
  });
  for (const chunk of chunks) {
    if (isOver) break;
    if (!call.write(chunk)) await Promise.race([once(call, 'drain').catch(() => {}), over]);
  }
  call.end();
}
