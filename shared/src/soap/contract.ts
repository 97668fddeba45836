import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { open_wsdl, type WSDL } from 'soap/lib/wsdl/index.js';
import { type Message, readMessage, type SchemaNode } from './schema.js';

export interface Operation {
  name: string;
  /** The SOAPAction that a request may carry. */
  action: string;
  input: Message;
  output: Message;
}

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
 * Reads a WSDL with node-soap's parser (document/literal wrapped, one schema).
 * @throws {Error} if it uses what this project's contracts do not.
 */
export async function loadContract(file: URL): Promise<Contract> {
  const path = fileURLToPath(file);
  const [text, wsdl] = await Promise.all([readFile(path, 'utf8'), openWsdl(path)]);
  const { definitions } = wsdl;
  const namespace = definitions.$targetNamespace as string;
  const schema = definitions.schemas[namespace] as unknown as SchemaNode;
  const ports = new Map<string, Port>();
  for (const service of Object.values(definitions.services)) {
    for (const { binding, location } of Object.values(service.ports)) {
      const name = portTypeOf(definitions.portTypes, binding.methods);
      const operations = Object.entries(binding.methods).map(
        ([name, method]): [string, Operation] => [
          name,
          {
            name,
            action: method.soapAction,
            input: readMessage(schema, name),
            output: readMessage(schema, `${name}Response`),
          },
        ],
      );
      ports.set(name, { name, location, operations: new Map(operations) });
    }
  }
  return { namespace, wsdl: text, ports };
}

/** The port of this name. */
export function portOf(contract: Contract, name: string): Port {
  const port = contract.ports.get(name);
  if (!port) throw new Error(`${contract.namespace} has no portType ${name}`);
  return port;
}

/** A binding keeps its portType's methods, but not its name. */
function portTypeOf(portTypes: Record<string, { methods: object }>, methods: object): string {
  const found = Object.entries(portTypes).find(([, portType]) => portType.methods === methods);
  if (!found) throw new Error('a binding has no portType');
  return found[0];
}

function openWsdl(path: string): Promise<WSDL> {
  return new Promise((resolve, reject) => {
    open_wsdl(path, {}, (error, wsdl) => (error || !wsdl ? reject(error) : resolve(wsdl)));
  });
}
