import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTACKS } from './cases/index.js';
import type { Attack } from './support/attack.js';
import { record } from './support/record.js';
import { Target } from './support/target.js';

let target: Target;

beforeAll(async () => {
  target = await Target.start();
});

afterAll(() => target?.stop());

describe.each<[string, readonly Attack[]]>(Object.entries(ATTACKS))('%s', (_, attacks) => {
  for (const attack of attacks) {
    it(attack.name, async ({ task }) => {
      const good = target.good(attack.good);
      const shot = attack.shot(good, target.world);
      if (attack.verdict === 'as signed') {
        await target.accept(shot, good.volumeId);
        record(task, attack.source, 'accepted, as signed');
        return;
      }
      const verdict = await target.repel(shot);
      record(task, attack.source, verdict);
      // A server that does not read on may close the connection before its answer is read.
      const isClosed = verdict === 'connection closed' && attack.verdict.startsWith('HTTP');
      if (!isClosed) expect(verdict).toBe(attack.verdict);
      await target.accept({ body: good.text }, good.volumeId);
    });
  }
});
