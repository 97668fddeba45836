// Loaded into every service by `node --import`: meddles with the messages that it sends to other services, as the
// file VBS_MESSAGE_FAULTS says at that moment. Plain JavaScript: it runs in the services, not in the tests.
import { appendFileSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const controlFile = process.env.VBS_MESSAGE_FAULTS;
const configFile = process.argv[process.argv.indexOf('--config') + 1] ?? '';
const self = basename(configFile, '.json');

if (controlFile && process.argv.includes('--config')) {
  register('./hooks.mjs', import.meta.url);
  globalThis.vbsMessageFaults = meddle;
}

/**
 * @param message as client/src/transport.ts has it: the signed bytes and where they go
 * @param post the real one
 */
async function meddle(message, post, TransportError) {
  const control = readControl();
  const to = control.names[new URL(message.url).port] ?? message.url;
  const fault = choose(control, to);
  if (!fault) return post(message);
  note(control, fault, to, message.action);
  const fail = (delivered) => {
    throw new TransportError(`${message.url}: ${fault} (a fault that was injected)`, delivered);
  };
  const pause = 1 + Math.random() * control.longestDelayMs;
  switch (fault) {
    case 'refused':
      return fail('no');
    case 'lost':
      await delay(Math.min(message.timeoutMs, control.longestDelayMs));
      return fail('unknown');
    case 'answer lost':
      await post(message).catch(() => undefined);
      return fail('unknown');
    case 'late':
      // It arrives after the sender has given up.
      later(pause, () => post(message));
      await delay(Math.min(pause / 2, message.timeoutMs));
      return fail('unknown');
    case 'delayed':
      await delay(pause);
      return post(message);
    case 'doubled':
      later(pause, () => post(message));
      return post(message);
    default:
      throw new Error(`there is no fault ${fault}`);
  }
}

function choose({ cut, chances }, to) {
  if (cut.includes(self) || cut.includes(to)) return 'lost';
  let draw = Math.random();
  for (const [fault, chance] of Object.entries(chances)) {
    draw -= chance;
    if (draw < 0) return fault;
  }
  return undefined;
}

function later(pauseMs, work) {
  setTimeout(() => void work().catch(() => undefined), pauseMs);
}

function readControl() {
  return JSON.parse(readFileSync(controlFile, 'utf8'));
}

function note({ noteFile }, fault, to, action) {
  const line = { time: new Date().toISOString(), from: self, to, action, fault };
  appendFileSync(noteFile, `${JSON.stringify(line)}\n`);
}
