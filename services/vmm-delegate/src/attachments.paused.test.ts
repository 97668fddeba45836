import { afterEach, beforeEach, expect, test } from 'vitest';
import { attachRequest, type Host, openHost } from './testing/host.js';

let host: Host;

beforeEach(async () => {
  host = await openHost();
});
afterEach(() => host.close());

test('a machine that is paused for a snapshot lets nothing go, and takes nothing: both are to be repeated', async () => {
  const order = attachRequest(await host.volume());
  await host.attachments.attach(order);
  host.hypervisor.isPaused = true;
  const message = expect.stringMatching(/paused for a snapshot.*when that is made/);
  const refused = host.attachments.detach(order);
  await expect(refused).rejects.toMatchObject({ code: 'Unavailable', message });
  const other = host.attachments.attach(attachRequest(await host.volume(), { device: 'xvdc' }));
  await expect(other).rejects.toMatchObject({ code: 'IncorrectState', message });
  host.hypervisor.isPaused = false;
  await host.attachments.detach(order);
  expect(host.hypervisor.list).toEqual([]);
});
