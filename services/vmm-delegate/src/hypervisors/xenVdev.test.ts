import { expect, test } from 'vitest';
import { vdevName } from './xenVdev.js';

test.each([
  [51712, 'xvda'],
  [51728, 'xvdb'],
  [51744, 'xvdc'],
  [51729, 'xvdb1'],
  [(1 << 28) | (16 << 8), 'xvdq'],
  [(1 << 28) | (26 << 8), 'xvdaa'],
  [(1 << 28) | (701 << 8) | 2, 'xvdzz2'],
  [8 * 256 + 16, 'sdb'],
  [3 * 256 + 64, 'hdb'],
  [22 * 256, 'hdc'],
  [5 * 256, '1280'],
])('%i is %s', (vdev, name) => {
  expect(vdevName(vdev)).toBe(name);
});
