import type { Field, Message, ValueType } from '@vbs-lustre/shared/soap/schema';

/** A node of node-soap's schema tree: its XML name without a prefix, its attributes as `$attribute`. */
export interface SchemaNode {
  name: string;
  children: SchemaNode[];
  $name?: string;
  $type?: string;
  $value?: string;
  $minOccurs?: string;
  $maxOccurs?: string;
  elements: Record<string, SchemaNode>;
  complexTypes: Record<string, SchemaNode>;
  types: Record<string, SchemaNode>;
}

const SIMPLE: Readonly<Record<string, ValueType>> = {
  'xs:string': { kind: 'string' },
  'xs:long': { kind: 'long' },
  'xs:boolean': { kind: 'boolean' },
  'xs:dateTime': { kind: 'dateTime' },
};

/** The global element of this name, with its fields in the schema's order. */
export function readMessage(schema: SchemaNode, element: string): Message {
  const node = schema.elements[element];
  if (!node) throw new Error(`the schema has no element ${element}`);
  if (node.$type) {
    const type = readType(schema, node.$type);
    if (type.kind !== 'complex') throw new Error(`element ${element} is not of a complex type`);
    return { element, typeName: type.name, fields: type.fields };
  }
  return { element, typeName: undefined, fields: readFields(schema, child(node, 'complexType')) };
}

function readFields(schema: SchemaNode, complexType: SchemaNode): Field[] {
  return child(complexType, 'sequence').children.map((node) => {
    if (node.name !== 'element') throw new Error(`xs:${node.name} is not supported`);
    return {
      name: node.$name as string,
      type: readType(schema, node.$type as string),
      optional: node.$minOccurs === '0',
      repeated: node.$maxOccurs === 'unbounded',
    };
  });
}

function readType(schema: SchemaNode, qname: string): ValueType {
  const simple = SIMPLE[qname];
  if (simple) return simple;
  const name = qname.replace(/^tns:/, '');
  const complex = schema.complexTypes[name];
  if (complex) return { kind: 'complex', name, fields: readFields(schema, complex) };
  const enumeration = schema.types[name];
  if (!enumeration) throw new Error(`type ${qname} is not supported`);
  const values = child(enumeration, 'restriction').children.map((node) => node.$value as string);
  return { kind: 'enum', name, values };
}

function child(node: SchemaNode, name: string): SchemaNode {
  const found = node.children.find((each) => each.name === name);
  if (!found) throw new Error(`${node.$name ?? node.name} has no xs:${name}`);
  return found;
}
