import { afterAll, beforeAll } from 'vitest';
import { contract } from './contract.js';
import { QemuBench } from './qemuBench.js';
import { Site } from './site.js';

let site: Site;
beforeAll(async () => {
  site = new Site(await QemuBench.prepare());
});
afterAll(() => site?.bench.stop());

contract(() => site);
