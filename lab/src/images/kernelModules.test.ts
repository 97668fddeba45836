import { expect, it } from 'vitest';
import { neededBy } from './kernelModules.js';

it.each([
  ['license=GPL\0depends=virtio,virtio-ring\0name=x\0', ['virtio', 'virtio_ring']],
  ['license=GPL\0depends=\0name=x\0', []],
  ['license=GPL\0name=x\0', []],
])('reads what a module needs: %j', (section, names) => {
  expect(neededBy(Buffer.from(`\x7fELF\0${section}`, 'latin1'))).toEqual(names);
});
