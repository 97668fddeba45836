import { Agent, request } from 'node:https';
import { quantile } from './clock.js';

interface LoadOptions {
  url: string;
  ca: string;
  /** Signed messages; sent in turn. */
  messages: readonly string[];
  connections: number;
  durationMs: number;
}

export interface Load {
  callsPerSecond: number;
  /** Milliseconds from the first byte sent to the last received. */
  p50: number;
  p99: number;
  answers: readonly Answer[];
}

export interface Answer {
  /** Which of the messages it answers. */
  message: number;
  status: number;
  text: string;
}

/** Sends messages over keep-alive connections, each as soon as its last call is answered. */
export async function load(options: LoadOptions): Promise<Load> {
  const { connections, durationMs, ca, messages } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ca });
  const answers: Answer[] = [];
  const times: number[] = [];
  const start = performance.now();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - start < durationMs) {
      const message = next++ % messages.length;
      const sent = performance.now();
      const answer = await call(options.url, agent, messages[message] as string);
      times.push(performance.now() - sent);
      answers.push({ message, ...answer });
    }
  };
  await Promise.all(Array.from({ length: connections }, caller));
  const seconds = (performance.now() - start) / 1_000;
  agent.destroy();
  return {
    callsPerSecond: answers.length / seconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    answers,
  };
}

function call(url: string, agent: Agent, text: string): Promise<Omit<Answer, 'message'>> {
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'text/xml; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
    };
    const sending = request(url, { method: 'POST', agent, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        answer += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: answer }));
    });
    sending.on('error', reject);
    sending.end(text);
  });
}
