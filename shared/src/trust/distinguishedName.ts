import forge from 'node-forge';
import { sequence } from './asn1.js';

const { asn1 } = forge;

/** The attribute types that RFC 4514 (section 3) gives a name; any other is written by its number. */
export const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.6': 'C',
  '2.5.4.9': 'STREET',
  '0.9.2342.19200300.100.1.25': 'DC',
  '0.9.2342.19200300.100.1.1': 'UID',
};

/**
 * A subject or issuer name as RFC 4514 writes it, most specific part first: `CN=alice,O=VBS-Lustre` is
 * these parts with commas between them.
 * @param name the DER structure of an X.501 Name
 */
export function partsOfName(name: forge.asn1.Asn1): string[] {
  return sequence(name)
    .map((rdn) => sequence(rdn).map(formatAttribute).join('+'))
    .reverse();
}

function formatAttribute(attribute: forge.asn1.Asn1): string {
  const [type, value] = sequence(attribute);
  if (!type || !value) throw new Error('an attribute of a name is not a type and a value');
  const oid = asn1.derToOid(type.value as string);
  const shortName = SHORT_NAMES[oid];
  const text = shortName && decodeText(value);
  if (text === undefined) return `${oid}=#${asn1.toDer(value).toHex()}`;
  return `${shortName}=${escapeValue(text)}`;
}

const TELETEX_STRING = 20;
const LATIN1_TYPES: readonly number[] = [
  asn1.Type.PRINTABLESTRING,
  asn1.Type.IA5STRING,
  TELETEX_STRING,
];

/**
 * The text of a string type, undefined for any other value. Two different values never give one text: a byte order
 * mark is a character like others, and half a surrogate pair, which would become U+FFFD, is refused.
 */
function decodeText({ type, value }: forge.asn1.Asn1): string | undefined {
  if (typeof value !== 'string') return undefined;
  // node-forge has already made characters of a BMPString's bytes.
  if (type === asn1.Type.BMPSTRING) return wellFormed(value);
  if (type === asn1.Type.UTF8) return UTF8.decode(Buffer.from(value, 'latin1'));
  return LATIN1_TYPES.includes(type) ? value : undefined;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function wellFormed(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new Error('a name is not well-formed Unicode');
  return text;
}

/** RFC 4514, section 2.4. */
export function escapeValue(text: string): string {
  return text.replace(/[\\"+,;<>]|^[ #]| $/g, '\\$&').replace(CONTROL, (character) => {
    return `\\${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line break in a name must not become one in a log
const CONTROL = /[\u0000-\u001F\u007F]/g;
