import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createVolume,
  type Delegate,
  log,
  makeFolders,
  startDelegate,
} from '../jobs/testing/delegate.js';
import { closeGate } from '../jobs/testing/gate.js';
import { setFileAside } from './setFileAside.js';

let folders: Awaited<ReturnType<typeof makeFolders>>;
let delegate: Delegate;

beforeEach(async () => {
  folders = await makeFolders();
  delegate = await startDelegate(folders);
});
afterEach(async () => {
  await delegate.jobs.stop();
  await folders.remove();
});

const caller = { userId: 'CN=front-end', requestId: 'req-1', log };
const setAside = (name: string, orderId = newId('ord')) =>
  setFileAside(delegate.jobs, delegate.files, delegate.ledger)({ orderId, name }, caller);
const put = (name: string, text: string) => writeFile(join(folders.directory, name), text);
const aside = () => readdir(join(folders.directory, '.aside'));

test.each([
  ['volume', newId('vol')],
  ['snapshot', newId('snap')],
  ['part', partName({ id: newId('vol'), bytes: 4, orderId: newId('ord') })],
])('the file of a %s is moved, whole', async (_kind, name) => {
  await put(name, 'data');
  const orderId = newId('ord');
  await setAside(name, orderId);
  expect(await delegate.listing()).toEqual(['.aside']);
  const moved = join(folders.directory, '.aside', `${name}.${orderId}`);
  expect(await readFile(moved, 'utf8')).toBe('data');
});

test('of a part that is empty nothing is kept', async () => {
  const id = newId('vol');
  const part = partName({ id, bytes: 4, orderId: newId('ord') });
  await put(part, '');
  await setAside(part);
  expect(await delegate.listing()).toEqual([]);
  await put(id, '');
  await setAside(id);
  expect(await aside()).toHaveLength(1);
});

test('twice is once, and what is not there is fine', async () => {
  const [name, orderId] = [newId('vol'), newId('ord')];
  await put(name, 'data');
  await setAside(name, orderId);
  await setAside(name, orderId);
  await setAside(newId('vol'));
  expect(await aside()).toEqual([`${name}.${orderId}`]);
});

test('a file of the same name does not replace the one before', async () => {
  const name = newId('vol');
  for (const text of ['one', 'two']) {
    await put(name, text);
    await setAside(name);
  }
  const texts = (await aside()).map((each) =>
    readFile(join(folders.directory, '.aside', each), 'utf8'),
  );
  expect((await Promise.all(texts)).sort()).toEqual(['one', 'two']);
});

test.each([
  '../vol-0123456789abcdef0',
  'vol-1',
  '.aside',
  `${newId('vol')}/x`,
  `${newId('vol')}\n`,
  newId('ord'),
  '',
])('“%s” is no name of such a file', async (name) => {
  await expect(setAside(name)).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});

test('nor is anything else an order', async () => {
  const attempt = setAside(newId('vol'), '../../ord');
  await expect(attempt).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});

test('what an order is at work on stays', async () => {
  const gate = await closeGate();
  const order = createVolume();
  try {
    await delegate.jobs.submit(order);
    await gate.arrived();
    const part = partName({ id: order.id, bytes: order.sizeBytes, orderId: order.orderId });
    for (const name of [part, order.id]) {
      await expect(setAside(name)).rejects.toMatchObject({ code: 'IncorrectState' });
    }
    expect(await delegate.listing()).toEqual([part]);
    await gate.open();
    expect(await delegate.ended(order)).toMatchObject({ state: 'available' });
  } finally {
    await gate.remove();
  }
  await setAside(order.id);
});

test('what a host has written down as attached stays', async () => {
  const [name, other] = [newId('vol'), newId('vol')];
  for (const each of [name, other]) await put(each, 'data');
  await mkdir(join(folders.directory, '.attachments'));
  await put(join('.attachments', `${name}.w.host1.${newId('ord')}`), '');
  await expect(setAside(name)).rejects.toMatchObject({ code: 'IncorrectState' });
  await setAside(other);
  expect(await delegate.listing()).toEqual(['.aside', '.attachments', name].sort());
});
