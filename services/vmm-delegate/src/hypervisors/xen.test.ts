import { expect, test } from 'vitest';
import type { AttachOrder } from './driver.js';
import { diskArguments } from './xen.js';

const order: AttachOrder = {
  vm: { name: 'u1', uuid: '00000001-0000-4000-8000-00000000000a' },
  ...{ device: 'xvdb', file: '/volumes/a,b c', mode: 'w', serial: 'vol' },
};

test('xl gets one specification that ends with the file, xm three words', () => {
  expect(diskArguments(order, 'xl')).toEqual([
    'format=raw,vdev=xvdb,access=w,target=/volumes/a,b c',
  ]);
  expect(diskArguments(order, 'xm')).toEqual(['file:/volumes/a,b c', 'xvdb', 'w']);
});

test.each(['xl', 'xm'] as const)('%s is never told not to look for other writers', (syntax) => {
  const [last] = diskArguments({ ...order, mode: 'w!' as 'w' }, syntax).slice(-1);
  expect(last).not.toContain('!');
});
