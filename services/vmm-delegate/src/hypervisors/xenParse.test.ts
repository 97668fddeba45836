import { describe, expect, test } from 'vitest';
import { parseDomains, parseVbds, parseVmPath, stripDriver } from './xenParse.js';

const LIST = `Name                                        ID   Mem VCPUs	State	Time(s)
Domain-0                                     0  1536     2     r-----       9.4
u1                                           1   256     1     -b----       4.5
`;

const VBDS = `Vdev  BE  handle state evt-ch ring-ref BE-path                       
51728 0   1      4     8      8        /local/domain/0/backend/vbd/1/51728
51744 0   1      3     -1     -1       /local/domain/0/backend/vbd/1/51744
`;

describe('parseDomains', () => {
  test('reads what xl prints', () => {
    expect(parseDomains(LIST)).toEqual([{ id: '1', name: 'u1' }]);
  });

  test('keeps the spaces and the digits of a name', () => {
    const line = 'my vm 7                                     12   256     1     ---s--      14.5';
    expect(parseDomains(LIST + line).at(-1)).toEqual({ id: '12', name: 'my vm 7' });
  });

  test('leaves out a domain without a name, and one that xm only knows of', () => {
    const nameless =
      '(null)                                    13     0     0     --ps-d       4.5\n';
    const stopped =
      'stopped                                        256     1                  0.0\n';
    expect(parseDomains(LIST + nameless + stopped)).toHaveLength(1);
  });

  test('refuses what it does not know', () => {
    expect(() => parseDomains(`${LIST}\nsomething else`)).toThrow('something else');
  });
});

describe('parseVbds', () => {
  test('reads what xl prints', () => {
    const backend = '/local/domain/0/backend/vbd/1/';
    expect(parseVbds(VBDS)).toEqual([
      { vdev: 51728, state: '4', backend: `${backend}51728` },
      { vdev: 51744, state: '3', backend: `${backend}51744` },
    ]);
  });

  test('refuses what it does not know', () => {
    expect(() => parseVbds(`${VBDS}51760 0`)).toThrow('51760 0');
  });
});

test('parseVmPath finds the uuid, in lower case, and accepts nothing else', () => {
  const uuid = 'A8098C1A-F86E-11DA-BD1A-00112444BE1E';
  expect(parseVmPath(`/vm/${uuid}`)).toBe(uuid.toLowerCase());
  expect(() => parseVmPath('/vm/')).toThrow("can't read");
});

test.each([
  ['/a/b', '/a/b'],
  ['aio:/a/b', '/a/b'],
  ['tap:aio:/a/b', '/a/b'],
  ['/a:/b', '/a:/b'],
  ['', ''],
])('stripDriver of %j is %j', (params, path) => {
  expect(stripDriver(params)).toBe(path);
});
