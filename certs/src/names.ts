import forge from 'node-forge';
import { Refusal } from './refusal.js';

export interface Attribute {
  shortName: 'O' | 'OU' | 'CN';
  value: string;
}

/** A subject or issuer name, most general attribute first. */
export type Name = readonly Attribute[];

/** RFC 5280, appendix A.1: ub-common-name, ub-organization-name. */
const MAX_LENGTH = 64;
/** node-forge's type calls the tag of a text a class. */
const UTF8 = forge.asn1.Type.UTF8 as number as forge.asn1.Class;

/** The name of a user of an authority. */
export function userName(organisation: string, user: string): Name {
  return memberName(organisation, 'users', user);
}

/** What a service is for: front ends are `services`, delegates are recognised by the others. */
export const SERVICE_UNITS = ['services', 'volume-delegates', 'vmm-delegates'] as const;
export type ServiceUnit = (typeof SERVICE_UNITS)[number];

/** The name of a service of an authority. */
export function serviceName(organisation: string, unit: ServiceUnit, service: string): Name {
  return memberName(organisation, unit, service);
}

function memberName(organisation: string, unit: string, commonName: string): Name {
  return [
    { shortName: 'O', value: organisation },
    { shortName: 'OU', value: unit },
    { shortName: 'CN', value: commonName },
  ];
}

/** A name as RFC 4514 writes it: the user id of the services. */
export function formatName(name: Name): string {
  return name
    .map(({ shortName, value }) => `${shortName}=${escapeValue(value)}`)
    .reverse()
    .join(',');
}

/** RFC 4514, section 2.4, less the control characters, which no name here has. */
function escapeValue(text: string): string {
  return text.replace(/[\\"+,;<>]|^[ #]| $/g, '\\$&');
}

/**
 * A name for node-forge, whose default, PrintableString, can hold no letters beyond ASCII.
 * @throws {Refusal} if a value could be mistaken for another one, or is too long.
 */
export function encodeName(name: Name): forge.pki.CertificateField[] {
  return name.map(({ shortName, value }) => {
    checkValue(shortName, value);
    return { shortName, value, valueTagClass: UTF8 };
  });
}

/** Names are compared as text and read by people: invisible characters and two spellings of one text stay out. */
function checkValue(shortName: string, value: string): void {
  const isPlain = value === value.trim().normalize('NFC') && !/\p{C}/u.test(value);
  if (!isPlain || value.length === 0 || value.length > MAX_LENGTH) {
    throw new Refusal(
      `${shortName}=${JSON.stringify(value)} cannot be part of a name: it takes 1 to ${MAX_LENGTH} visible characters.`,
    );
  }
}

/** The attributes that node-forge has read, with the text of UTF8Strings, which it leaves as bytes and would encode again. */
export function decodeAttributes(
  attributes: readonly forge.pki.CertificateField[],
): forge.pki.CertificateField[] {
  return attributes.map((attribute) => {
    if (typeof attribute.value !== 'string') throw new Refusal('A part of the name is not text.');
    if (attribute.valueTagClass !== UTF8) return attribute;
    return { ...attribute, value: decodeUtf8(attribute.value) };
  });
}

function decodeUtf8(bytes: string): string {
  try {
    return forge.util.decodeUtf8(bytes);
  } catch {
    throw new Refusal('A part of the name is not UTF-8.');
  }
}
