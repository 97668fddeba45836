import type { Field, Message, ValueType } from './schema.js';

/**
 * Renders a message as one element in the contract's namespace.
 *
 * The text is its own exclusive canonical form (Exclusive XML Canonicalization 1.0): no empty-element tags,
 * canonical escapes, the one namespace declared where it is first used. So it can be signed as it stands.
 */
export function encodeMessage(namespace: string, message: Message, value: object): string {
  const content = encodeFields(message.fields, value);
  return `<${message.element} xmlns="${namespace}">${content}</${message.element}>`;
}

function encodeFields(fields: readonly Field[], value: object): string {
  return fields
    .map((field) => encodeField(field, (value as Record<string, unknown>)[field.name]))
    .join('');
}

function encodeField(field: Field, value: unknown): string {
  if (field.repeated) return (value as unknown[]).map((item) => encodeOne(field, item)).join('');
  if (value !== undefined) return encodeOne(field, value);
  if (field.optional) return '';
  throw new Error(`${field.name} has no value`);
}

function encodeOne(field: Field, value: unknown): string {
  return `<${field.name}>${encodeValue(field.type, value)}</${field.name}>`;
}

function encodeValue(type: ValueType, value: unknown): string {
  if (type.kind === 'complex') return encodeFields(type.fields, value as object);
  if (value instanceof Date) return value.toISOString();
  return escapeText(String(value));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\r': '&#xD;',
};

/** Text as canonical XML writes it; characters that XML 1.0 can't hold at all become U+FFFD. */
export function escapeText(text: string): string {
  return escapeCanonical(text.replace(NOT_XML, '\uFFFD'));
}

/** The same for text that came out of XML, and so holds nothing that it can't hold. */
export function escapeCanonical(text: string): string {
  // Most texts have nothing to escape, and to ask first is the quicker way.
  if (!/[&<>\r]/.test(text)) return text;
  return text.replace(/[&<>\r]/g, (character) => ESCAPES[character] as string);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 (2.2) forbids, lone surrogates among them
const NOT_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu;
