import { afterAll, beforeAll } from 'vitest';
import { contract } from './contract.js';
import { Site } from './site.js';
import { XenBench } from './xen/xenBench.js';
import { xenPauses } from './xen/xenPauses.js';
import { xlFacts } from './xen/xlFacts.js';

let bench: XenBench;
let site: Site;
beforeAll(async () => {
  bench = await XenBench.boot();
  site = new Site(bench);
});
afterAll(() => bench?.stop());

// The contract last: its last tests end the VMs.
xlFacts(
  () => bench,
  () => site,
);
xenPauses(
  () => bench,
  () => site,
);
contract(() => site);
