import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadContract } from '@vbs-lustre/shared/soap/contract';
import { temporaryFolder } from '@vbs-lustre/shared/testing/trust';
import { expect, it } from 'vitest';
import { describeWsdl } from './describe.js';

const wsdl = (name: string) => new URL(`../${name}.wsdl`, import.meta.url);

it.each(['vbslustre', 'vbslustre-admin', 'volume-delegate', 'vmm-delegate'])(
  'of %s.wsdl is what services read',
  async (name) => {
    const { namespace, ports } = await describeWsdl(wsdl(name));
    const contract = await loadContract(wsdl(name));
    expect(contract.wsdl).toBe(readFileSync(wsdl(name), 'utf8'));
    expect(contract.namespace).toBe(namespace);
    const read = [...contract.ports.values()].map((port) => ({
      ...port,
      operations: [...port.operations.values()],
    }));
    expect(read).toEqual(ports);
  },
);

it.each([
  [
    'a type that it does not know',
    'type="xs:long"',
    'type="xs:float"',
    'type xs:float is not supported',
  ],
  ['a choice', /xs:sequence/g, 'xs:choice', 'has no xs:sequence'],
  [
    'a response without its element',
    'element name="DeleteVolumeResponse"',
    'element name="Other"',
    'no element DeleteVolumeResponse',
  ],
])('refuses a contract with %s', async (_, part, replacement, reason) => {
  const text = readFileSync(wsdl('vbslustre'), 'utf8');
  const file = join(temporaryFolder(), 'changed.wsdl');
  writeFileSync(file, text.replace(part, replacement));
  await expect(describeWsdl(pathToFileURL(file))).rejects.toThrow(reason);
});

it('refuses a file that is missing', async () => {
  await expect(describeWsdl(wsdl('missing'))).rejects.toThrow('missing.wsdl');
});
