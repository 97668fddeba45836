import { afterEach, describe, vi } from 'vitest';
import { attaching } from './contract/attaching.js';
import { copying } from './contract/copying.js';
import { detaching } from './contract/detaching.js';
import { endedVms } from './contract/endedVms.js';
import { looking } from './contract/looking.js';
import { refusing } from './contract/refusing.js';
import { resizing } from './contract/resizing.js';
import { silentGuests } from './contract/silentGuests.js';
import { LONG_MS, type Site } from './site.js';

// When this is imported, since it counts for what is declared later: also a suite's own hooks and tests.
vi.setConfig({ testTimeout: 4 * LONG_MS, hookTimeout: 4 * LONG_MS });

/**
 * What every driver must do, on a real host with real guests: the contract of `Hypervisor` in driver.ts.
 * @param site the host, once it is there
 */
export function contract(site: () => Site): void {
  describe('the contract', () => {
    afterEach(() => site().clear());

    looking(site);
    attaching(site);
    refusing(site);
    detaching(site);
    resizing(site);
    copying(site);
    silentGuests(site);
    // Last, since they need boots.
    endedVms(site);
  });
}
