import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/trust.js';
import { loadContract, portOf } from './contract.js';

const wsdl = (name: string) => new URL(`../../../wsdl/${name}.wsdl`, import.meta.url);

describe.each([
  ['vbslustre', ['VBSLustre', 'VBSLustreCallback'], [24, 6]],
  ['volume-delegate', ['VolumeDelegate'], undefined],
  ['vmm-delegate', ['VmmDelegate'], undefined],
])('%s.wsdl', (name, ports, counts) => {
  it('has its portTypes', async () => {
    const contract = await loadContract(wsdl(name));
    expect([...contract.ports.keys()]).toEqual(ports);
    const found = [...contract.ports.values()].map((port) => port.operations.size);
    if (counts) expect(found).toEqual(counts);
    expect(Math.min(...found)).toBeGreaterThan(0);
  });

  it('names each operation, action, request and response alike', async () => {
    const { namespace, ports } = await loadContract(wsdl(name));
    for (const { operations } of ports.values()) {
      for (const [operation, { action, input, output }] of operations) {
        expect(action).toBe(`${namespace}/${operation}`);
        expect(input.element).toBe(operation);
        expect(output.element).toBe(`${operation}Response`);
        expect(output.fields[0]).toMatchObject({ name: 'requestId', optional: false });
      }
    }
  });
});

it('reads types, options and lists in the order of the schema', async () => {
  const { operations } = portOf(await loadContract(wsdl('vbslustre')), 'VBSLustre');
  expect(operations.get('AttachVolume')?.input.fields).toMatchObject([
    { name: 'volumeId', type: { kind: 'string' }, optional: false },
    { name: 'instanceId' },
    { name: 'vmm' },
    { name: 'device' },
    { name: 'attachMode', type: { kind: 'enum', values: ['r', 'w'] } },
    { name: 'clientToken', optional: true },
    { name: 'dryRun', type: { kind: 'boolean' } },
  ]);
  expect(operations.get('DescribeVolumes')?.input.fields).toMatchObject([
    { name: 'volumeSet', optional: true, type: { fields: [{ name: 'item', repeated: true }] } },
    { name: 'filterSet' },
    { name: 'maxResults', type: { kind: 'long' } },
    { name: 'nextToken' },
  ]);
  expect(operations.get('DescribeVolume')?.output).toMatchObject({
    typeName: 'VolumeResponse',
    fields: expect.arrayContaining([
      expect.objectContaining({ name: 'createTime', type: { kind: 'dateTime' } }),
    ]),
  });
});

it('knows no other portType', async () => {
  const contract = await loadContract(wsdl('vbslustre'));
  expect(() => portOf(contract, 'Other')).toThrow('no portType Other');
});

it('refuses a file that is missing', async () => {
  await expect(loadContract(wsdl('missing'))).rejects.toThrow('/missing.');
});

it('refuses a WSDL that was changed after what was generated from it', async () => {
  const folder = temporaryFolder();
  const generated = 'generated/vbslustre.json';
  mkdirSync(join(folder, 'generated'));
  copyFileSync(new URL(generated, wsdl('vbslustre')), join(folder, generated));
  const file = join(folder, 'vbslustre.wsdl');
  writeFileSync(file, `${readFileSync(wsdl('vbslustre'), 'utf8')}\n`);
  const loading = loadContract(pathToFileURL(file));
  await expect(loading).rejects.toThrow('vbslustre.wsdl was changed: npm run generate');
});
