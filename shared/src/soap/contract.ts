import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Description, Operation } from './schema.js';

/** A portType with its one binding and address. */
export interface Port {
  name: string;
  location: string;
  operations: ReadonlyMap<string, Operation>;
}

/** One WSDL, read: the source of truth for what is decoded, encoded and served. */
export interface Contract {
  namespace: string;
  /** The text of the file, as it is served at `?wsdl`. */
  wsdl: string;
  ports: ReadonlyMap<string, Port>;
}

/**
 * Reads a WSDL and, beside it in `generated/`, what `npm run generate` has read from it: a service that starts, and each command of
 * `vbs`, need no WSDL parser.
 * @throws {Error} if a file is missing, or the WSDL was changed since.
 */
export async function loadContract(file: URL): Promise<Contract> {
  const name = basename(file.pathname, '.wsdl');
  const generated = new URL(`generated/${name}.json`, file);
  const [wsdl, text] = await Promise.all([readFile(file, 'utf8'), readFile(generated, 'utf8')]);
  const { sha256, namespace, ports } = JSON.parse(text) as Description;
  if (sha256 !== sha256Of(wsdl)) throw new Error(`${name}.wsdl was changed: npm run generate`);
  const portsByName = ports.map(({ name, location, operations }): [string, Port] => {
    const operationsByName = operations.map((each): [string, Operation] => [each.name, each]);
    return [name, { name, location, operations: new Map(operationsByName) }];
  });
  return { namespace, wsdl, ports: new Map(portsByName) };
}

/** What tells one text of a WSDL from another, in hexadecimal digits. */
export function sha256Of(wsdl: string): string {
  return createHash('sha256').update(wsdl).digest('hex');
}

/** The port of this name. */
export function portOf(contract: Contract, name: string): Port {
  const port = contract.ports.get(name);
  if (!port) throw new Error(`${contract.namespace} has no portType ${name}`);
  return port;
}
