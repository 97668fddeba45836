import { expect, it } from 'vitest';
import { type Held, Holds } from './holds.js';

const disk = (vm: string, mode: 'r' | 'w' = 'w'): Held => ({
  vm,
  host: 'vmm1',
  device: 'xvdb',
  file: '/volumes/vol-1',
  mode,
});

it.each([
  ['a writer beside a writer', 'w', 'w', 1],
  ['a writer beside a reader', 'w', 'r', 1],
  ['a reader beside a writer', 'r', 'w', 1],
  ['a reader beside a reader', 'r', 'r', 0],
] as const)('sees %s', (_, first, second, conflicts) => {
  const holds = new Holds();
  holds.see('vm1', [disk('vm1', first)], 0, 10);
  holds.see('vm2', [disk('vm2', second)], 20, 30);
  holds.see('vm1', [disk('vm1', first)], 40, 50);
  expect(holds.conflicts).toEqual([]);
  holds.see('vm2', [disk('vm2', second)], 60, 70);
  expect(holds.conflicts).toHaveLength(conflicts);
});

it('sees it also when the first has let go before the second was seen again', () => {
  const holds = new Holds();
  holds.see('vm1', [disk('vm1')], 0, 10);
  holds.see('vm2', [disk('vm2')], 20, 30);
  holds.see('vm1', [disk('vm1')], 40, 50);
  holds.see('vm1', [], 60, 70);
  holds.see('vm2', [disk('vm2')], 80, 90);
  expect(holds.conflicts).toEqual([
    expect.stringMatching(/^vol-1 was held by vm1 xvdb \(w\) and vm2 xvdb \(w\) at /),
  ]);
});

it('takes one after the other for what it is', () => {
  const holds = new Holds();
  holds.see('vm1', [disk('vm1')], 0, 10);
  holds.see('vm1', [disk('vm1')], 20, 30);
  holds.see('vm2', [disk('vm2')], 25, 40);
  holds.see('vm1', [], 50, 60);
  holds.see('vm2', [disk('vm2')], 70, 80);
  // Seen long after: it can have been away meanwhile.
  holds.see('vm1', [disk('vm1')], 900, 910);
  holds.see('vm2', [disk('vm2')], 2000, 2010);
  expect(holds.conflicts).toEqual([]);
});
