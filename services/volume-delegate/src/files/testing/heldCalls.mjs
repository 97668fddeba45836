// Loaded into a Volume Delegate and its helpers by `node --import`: there the calls that give a file its space, or the blocks of
// another, don't begin as long as the file exists that VBS_HELD names; one that waits makes a file beside it, `….waits`. Plain
// JavaScript: it runs in the service, not in the test.
import { existsSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const MODULE = '/services/volume-delegate/dist/files/systemCalls.js';
const POLL_MS = 100;

if (isMainThread) {
  register(import.meta.url);
  globalThis.vbsHeld =
    (call) =>
    (...args) => {
      // A helper does one thing at a time: it may stand still.
      const nobody = new Int32Array(new SharedArrayBuffer(4));
      const { VBS_HELD } = process.env;
      if (existsSync(VBS_HELD)) writeFileSync(`${VBS_HELD}.waits`, '');
      while (existsSync(VBS_HELD)) Atomics.wait(nobody, 0, 0, POLL_MS);
      return call(...args);
    };
}

export async function load(url, context, nextLoad) {
  if (!url.endsWith(MODULE)) return nextLoad(url, context);
  const source = `
    import * as real from ${JSON.stringify(`${url}?real`)};
    export const fallocate = globalThis.vbsHeld(real.fallocate);
    export const ficlone = globalThis.vbsHeld(real.ficlone);`;
  return { format: 'module', shortCircuit: true, source };
}
