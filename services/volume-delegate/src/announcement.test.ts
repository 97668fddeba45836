import { newId } from '@vbs-lustre/shared/ids';
import { expect, test, vi } from 'vitest';
import { announcementOf, Room } from './announcement.js';
import type { Jobs } from './jobs/jobs.js';
import { log } from './jobs/testing/delegate.js';

test('the space is that of all targets, and 0 while it cannot be told', async () => {
  let targets = async () => [
    { id: 'a', availableBytes: 2 },
    { id: 'b', availableBytes: 3 },
  ];
  const room = new Room({ room: () => targets() }, log);
  await room.look();
  expect(room.availableBytes).toBe(5);
  const warnings = vi.spyOn(log, 'warn');
  targets = () => Promise.reject(new Error('the file system hangs'));
  await room.look();
  await room.look();
  expect(room.availableBytes).toBe(0);
  expect(warnings).toHaveBeenCalledTimes(1);
  warnings.mockRestore();
});

test('a look that does not end keeps nobody waiting, and is the only one', () => {
  const look = vi.fn(() => new Promise<never>(() => undefined));
  const room = new Room({ room: look }, log);
  expect([room.availableBytes, room.availableBytes]).toEqual([0, 0]);
  expect(look).toHaveBeenCalledTimes(1);
});

test('an announcement says what there is', () => {
  const orderId = newId('ord');
  const jobs = { orders: [orderId], unfinished: 1, free: 9, isDraining: true } as Jobs;
  const room = { availableBytes: 5 } as Room;
  const announcement = {
    ...{ url: 'https://a/', availableBytes: 5, unfinishedJobs: 1, freeJobs: 9, draining: true },
    orderSet: { item: [{ orderId }] },
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  };
  expect(announcementOf('https://a/', jobs, room, [])).toEqual(announcement);
  const progress = { orderId, bytesDone: 7 };
  expect(announcementOf('https://a/', jobs, room, [progress])).toEqual({
    ...announcement,
    progressSet: { item: [progress] },
  });
});
