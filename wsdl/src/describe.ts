import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sha256Of } from '@vbs-lustre/shared/soap/contract';
import type { Description, Operation } from '@vbs-lustre/shared/soap/schema';
import { open_wsdl, type WSDL } from 'soap/lib/wsdl/index.js';
import { readMessage, type SchemaNode } from './readMessage.js';

/**
 * Reads a WSDL with node-soap's parser (document/literal wrapped, one schema).
 * @throws {Error} if it uses what this project's contracts do not.
 */
export async function describeWsdl(file: URL): Promise<Description> {
  const sha256 = sha256Of(await readFile(file, 'utf8'));
  const { definitions } = await openWsdl(fileURLToPath(file));
  const namespace = definitions.$targetNamespace as string;
  const schema = definitions.schemas[namespace] as unknown as SchemaNode;
  const ports = Object.values(definitions.services).flatMap((service) =>
    Object.values(service.ports).map(({ binding, location }) => ({
      name: portTypeOf(definitions.portTypes, binding.methods),
      location,
      operations: Object.entries(binding.methods).map(
        ([name, method]): Operation => ({
          name,
          action: method.soapAction,
          input: readMessage(schema, name),
          output: readMessage(schema, `${name}Response`),
        }),
      ),
    })),
  );
  return { sha256, namespace, ports };
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
