import { escapeValue, SHORT_NAMES } from './distinguishedName.js';

/** In bytes of UTF-8: what fits into an index of any database. */
const MAX_BYTES = 1024;
/** However it is escaped, and with some blanks. */
const MAX_WRITTEN = 4 * MAX_BYTES;
const TYPES = new Set(Object.values(SHORT_NAMES));

/** A character of a name, and whether a backslash has made it one like others. */
interface Character {
  text: string;
  isEscaped: boolean;
}

/**
 * A subject name that a person has written, in the one form that user ids have and are compared in (RFC 4514): without
 * blanks around `,`, `+` and `=`, with the types in capitals, and escaped where that is needed and nowhere else.
 *
 * @returns undefined if it is none, or too long for one
 */
export function subjectNameOf(text: string): string | undefined {
  const characters = text.length > MAX_WRITTEN ? undefined : charactersOf(text);
  if (!characters) return undefined;
  const parts = split(characters, ',').map((part) => split(part, '+').map(attributeOf));
  if (parts.flat().includes(undefined)) return undefined;
  const name = parts.map((part) => part.join('+')).join(',');
  return Buffer.byteLength(name) <= MAX_BYTES ? name : undefined;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const PIECE = /((?:\\[0-9A-Fa-f]{2})+)|\\([ "#+,;<=>\\])|([^\\])/gsuy;

function charactersOf(text: string): Character[] | undefined {
  const characters: Character[] = [];
  let length = 0;
  for (const [whole, bytes, special, plain] of text.matchAll(PIECE)) {
    length += whole.length;
    const escaped = bytes === undefined ? special : decoded(bytes);
    if (escaped === undefined && plain === undefined) return undefined;
    const texts = plain === undefined ? [...(escaped ?? '')] : [plain];
    characters.push(...texts.map((each) => ({ text: each, isEscaped: plain === undefined })));
  }
  return length === text.length ? characters : undefined;
}

/** @param bytes as in `\C3\A9` */
function decoded(bytes: string): string | undefined {
  try {
    return UTF8.decode(Buffer.from(bytes.replaceAll('\\', ''), 'hex'));
  } catch {
    return undefined;
  }
}

function split(characters: readonly Character[], separator: string): Character[][] {
  const parts: Character[][] = [[]];
  for (const character of characters) {
    if (character.isEscaped || character.text !== separator) parts.at(-1)?.push(character);
    else parts.push([]);
  }
  return parts;
}

function attributeOf(characters: readonly Character[]): string | undefined {
  const [type = [], ...values] = split(characters, '=');
  if (values.length === 0 || type.some(({ isEscaped }) => isEscaped)) return undefined;
  const written = textOf(type).trim().toUpperCase();
  const name = SHORT_NAMES[written] ?? written;
  const equals = { text: '=', isEscaped: false };
  const value = withoutBlanks(values.flatMap((each, at) => (at === 0 ? each : [equals, ...each])));
  const isPlain = (pattern: RegExp) =>
    value.some(({ text, isEscaped }) => !isEscaped && pattern.test(text));
  const isEncoded = value[0]?.text === '#' && !value[0].isEscaped;
  if (TYPES.has(name)) {
    return isEncoded || isPlain(/[";<>]/) ? undefined : `${name}=${escapeValue(textOf(value))}`;
  }
  // Of another type the characters alone do not say what is meant.
  const encoded = textOf(value).toLowerCase();
  if (!isEncoded || !/^#([0-9a-f]{2})+$/.test(encoded)) return undefined;
  return /^\d+(\.\d+)+$/.test(name) ? `${name}=${encoded}` : undefined;
}

function withoutBlanks(characters: readonly Character[]): readonly Character[] {
  const isInk = ({ text, isEscaped }: Character) => isEscaped || text !== ' ';
  return characters.slice(characters.findIndex(isInk), characters.findLastIndex(isInk) + 1);
}

function textOf(characters: readonly Character[]): string {
  return characters.map(({ text }) => text).join('');
}
