import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceFault } from '../faults.js';
import { http } from '../testing/http.js';
import { freePort, NAMESPACE, startService, userOf } from '../testing/service.js';
import { quietLog } from '../testing/trust.js';
import { signedEnvelope } from '../wssecurity/sign.js';
import { METRICS } from './catalogue.js';
import { Monitor } from './monitor.js';

const { log, lines } = quietLog();
let monitor: Monitor;
let port: number;

beforeEach(async () => {
  port = await freePort();
  monitor = await Monitor.start('127.0.0.1', port, log);
});
afterEach(() => monitor.close());

const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
const ready = async () => {
  const answer = await get('/readyz');
  return [answer.status, await answer.text()];
};

it('says that the process lives', async () => {
  const answer = await get('/healthz');
  expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
  expect(await (await get('/healthz', 'HEAD')).text()).toBe('');
});

it.each([
  ['GET', '/', 404],
  ['GET', '/metrics/', 404],
  ['POST', '/metrics', 405],
])('has nothing else: %s %s', async (method, path, status) => {
  expect((await get(path, method)).status).toBe(status);
});

it('says who else has its address', async () => {
  await expect(Monitor.start('127.0.0.1', port, log)).rejects.toThrow(
    `127.0.0.1:${port} is taken by another program`,
  );
});

describe('a service is ready', () => {
  it('between its start and its end', async () => {
    expect(await ready()).toEqual([503, 'starting\n']);
    monitor.readiness.started({ nothing: () => undefined });
    expect(await ready()).toEqual([200, 'nothing: ok\n']);
    monitor.readiness.stopping();
    expect(await ready()).toEqual([503, 'stopping\n']);
  });

  it.each([
    ['is false', () => false],
    ['fails', () => Promise.reject(new Error('/secret/path is gone'))],
    ['throws', () => JSON.parse('{')],
    ['hangs', () => new Promise(() => undefined)],
  ])('unless a check %s; the reason is in the log alone', async (_case, check) => {
    monitor.readiness.started({ disk: check, other: () => true });
    expect(await ready()).toEqual([503, 'disk: not ok\nother: ok\n']);
    expect(lines.at(-1)).toContain('"check":"disk"');
  });

  it('again when the check holds again; each change is logged once', async () => {
    let isSo = false;
    monitor.readiness.started({ disk: () => isSo });
    lines.length = 0;
    await ready();
    await ready();
    isSo = true;
    await expect.poll(ready, { timeout: 30_000 }).toEqual([200, 'disk: ok\n']);
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['not ready', 'ready again']);
  });
});

it('counts requests by operation and outcome; what nobody knows is one operation', async () => {
  const handlers = {
    DescribeVolumes: async () => ({ volumeSet: { item: [] } }),
    DescribeSnapshots: () => Promise.reject(new ServiceFault('Unavailable', 'not now')),
  };
  const service = await startService(handlers, { meter: monitor.meter });
  const alice = userOf(service, 'alice');
  const post = (operation: string) =>
    http({
      url: service.url,
      ca: service.authority.pem,
      body: signedEnvelope(`<${operation} xmlns="${NAMESPACE}"></${operation}>`, alice, new Date()),
    });
  for (const name of ['DescribeVolumes', 'DescribeVolumes', 'DescribeSnapshots', 'A', 'B']) {
    await post(name);
  }
  await http({ url: service.url, ca: service.authority.pem, body: 'hello' });
  await service.server.close(0);
  const text = await (await get('/metrics')).text();
  const counted = text.split('\n').filter((line) => line.startsWith(METRICS.operations.name));
  expect(counted.sort()).toEqual([
    'vbslustre_operations_total{operation="DescribeSnapshots",code="Unavailable"} 1',
    'vbslustre_operations_total{operation="DescribeVolumes",code="OK"} 2',
    'vbslustre_operations_total{operation="unknown",code="AuthFailure"} 1',
    'vbslustre_operations_total{operation="unknown",code="InvalidAction"} 2',
  ]);
  expect(text).toContain(`${METRICS.operationSeconds.name}_count{operation="DescribeVolumes"} 2\n`);
});

it('counts what is refused because too many are there', async () => {
  const service = await startService(
    {},
    { meter: monitor.meter, maxConcurrentRequests: 0, maxConnectionsPerClient: 1 },
  );
  const ca = service.authority.pem;
  await http({ url: service.url, ca, body: '<x/>' });
  await service.server.close(0);
  const closed = await startService({}, { meter: monitor.meter, maxConnectionsPerClient: 0 });
  await expect(http({ url: closed.url, ca: closed.authority.pem, body: '<x/>' })).rejects.toThrow();
  await closed.server.close(0);
  const text = await (await get('/metrics')).text();
  const { name } = METRICS.overload;
  expect(text).toContain(`${name}{reason="requests"} 1\n`);
  expect(text).toContain(`${name}{reason="connections"} 1\n`);
});

it('shows what is left when a number cannot be read', async () => {
  monitor.metrics.gauge(METRICS.size, () => Promise.reject(new Error('no')));
  monitor.metrics.gauge(METRICS.available, () => new Promise(() => undefined));
  monitor.metrics.gauge(METRICS.heard, () => [{ value: 1 }]);
  const text = await (await get('/metrics')).text();
  expect(text).not.toMatch(/^vbslustre_volume_directory/m);
  expect(text).toContain('vbslustre_announcement_heard 1\n');
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
});
