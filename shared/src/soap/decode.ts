import { ServiceFault } from '../faults.js';
import { attributeOf, textOf, type XmlElement } from '../xml/node.js';
import { NS } from './namespaces.js';
import type { Field, Message, ValueType } from './schema.js';

const MAX_STRING = 4096;
const MAX_NAME = 64;
const LONG = /^[+-]?[0-9]{1,19}$/;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Reads the children of a message's element as the contract says, and nothing else: elements that the contract
 * does not have, attributes and wrong lexical forms are refused. The order of elements does not matter.
 *
 * @throws {ServiceFault} `MissingParameter` or `InvalidParameterValue`, naming the parameter.
 */
export function decodeMessage(namespace: string, message: Message, element: XmlElement): object {
  return decodeFields({ namespace, unknown: 'refused' }, message.fields, element);
}

/** The same for an answer: a service that is newer than its client may say more than that one knows. */
export function decodeAnswer(namespace: string, message: Message, element: XmlElement): object {
  return decodeFields({ namespace, unknown: 'ignored' }, message.fields, element);
}

interface Reading {
  namespace: string;
  /** What becomes of elements that the contract does not have. */
  unknown: 'refused' | 'ignored';
}

function decodeFields(reading: Reading, fields: readonly Field[], parent: XmlElement): object {
  refuseAttributes(parent);
  const found = new Map<string, XmlElement[]>();
  for (const child of parent.children) {
    const name = child.localName;
    const field = fields.find((each) => each.name === name);
    if (!field || child.namespaceURI !== reading.namespace) {
      if (reading.unknown === 'ignored') continue;
      throw invalid(name, `is not a parameter of ${parent.localName}`);
    }
    if (isNil(child)) continue;
    const elements = found.get(name);
    if (!elements) found.set(name, [child]);
    else if (field.repeated) elements.push(child);
    else throw invalid(name, 'is given more than once');
  }
  if (textOf(parent).trim() !== '') {
    throw invalid(parent.localName, 'holds text where elements are expected');
  }
  const value: Record<string, unknown> = {};
  for (const field of fields) {
    const decoded = decodeField(reading, field, found.get(field.name) ?? []);
    if (decoded !== undefined) value[field.name] = decoded;
  }
  return value;
}

function decodeField(reading: Reading, field: Field, elements: readonly XmlElement[]): unknown {
  if (field.repeated) return elements.map((each) => decodeValue(reading, field, each));
  const [element] = elements;
  const value = element && decodeValue(reading, field, element);
  // Some clients write an absent string as an empty element.
  if (value !== undefined && !(value === '' && field.type.kind === 'string')) return value;
  if (field.optional) return undefined;
  throw new ServiceFault(
    'MissingParameter',
    `The parameter ${field.name} is missing; give it a value.`,
  );
}

function decodeValue(reading: Reading, field: Field, element: XmlElement): unknown {
  const { type, name } = field;
  if (type.kind === 'complex') return decodeFields(reading, type.fields, element);
  refuseAttributes(element);
  if (element.children.length > 0) throw invalid(name, 'holds elements where text is expected');
  return decodeSimple(type, name, textOf(element));
}

function decodeSimple(type: ValueType, name: string, text: string): unknown {
  const token = text.trim();
  switch (type.kind) {
    case 'long':
      return decodeLong(name, token);
    case 'boolean':
      if (token === 'true' || token === '1') return true;
      if (token === 'false' || token === '0') return false;
      throw invalid(name, 'is neither true nor false');
    case 'dateTime':
      if (!DATE_TIME.test(token) || Number.isNaN(Date.parse(token))) {
        throw invalid(name, 'is not an xs:dateTime');
      }
      return new Date(token);
    case 'enum':
      if (type.values.includes(text)) return text;
      throw invalid(name, `must be ${type.values.join(' or ')}`);
    default:
      if (text.length > MAX_STRING) throw invalid(name, `is longer than ${MAX_STRING} characters`);
      return text;
  }
}

function decodeLong(name: string, token: string): number {
  const value = Number(token);
  if (!LONG.test(token)) throw invalid(name, 'is not a whole number');
  if (!Number.isSafeInteger(value)) throw invalid(name, 'is too large a number');
  return value;
}

/** XML Schema's own attributes say nothing that the contract does not; any other is a mistake or an attack. */
function refuseAttributes(element: XmlElement): void {
  for (const attribute of element.attributes) {
    if (attribute.namespaceURI === NS.xmlns || attribute.namespaceURI === NS.xsi) continue;
    throw invalid(element.localName, `has the unexpected attribute ${shortened(attribute.name)}`);
  }
}

function isNil(element: XmlElement): boolean {
  return ['true', '1'].includes(attributeOf(element, NS.xsi, 'nil') ?? '');
}

function invalid(name: string, complaint: string): ServiceFault {
  return new ServiceFault(
    'InvalidParameterValue',
    `The parameter ${shortened(name)} ${complaint}.`,
  );
}

/** A name from a message, which may be as long as the message. */
function shortened(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
}
