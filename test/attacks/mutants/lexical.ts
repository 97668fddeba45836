import { NS } from '../cases/messages.js';
import type { Material, Mutation } from './mutations.js';
import type { Random } from './random.js';
import { type Element, elementsIn, type Text, textsIn } from './tree.js';

/** Changes of names, attributes and text: some change what is said, some only how it is written. */
export const LEXICAL: readonly Mutation[] = [
  rename,
  changePrefix,
  redeclare,
  dropAttribute,
  copyAttribute,
  changeId,
  addId,
  changeAlgorithm,
  changeValue,
  ...[reencode, reencode, reencode, space, space],
  changeCharacter,
  swapTexts,
  interrupt,
];

const IDS = ['Id', 'ID', 'id', 'wsu:Id', 'xml:id'];
const URIS = [NS.soap, NS.soap12, NS.wsse, NS.wsu, NS.ds, 'urn:e', ''];
const ALGORITHMS = [
  'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
  'http://www.w3.org/2000/09/xmldsig#sha1',
  'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
  'urn:none',
];

function rename({ root }: Material, random: Random): void {
  const [element, other] = [anyOf(root, random), anyOf(root, random)];
  element.name = random.chance(0.8) ? other.name : 'x';
}

function changePrefix({ root }: Material, random: Random): void {
  const element = anyOf(root, random);
  const prefix = random.pick(['soap', 'wsse', 'wsu', 'ds', 'q']);
  element.name = `${prefix}:${element.name.slice(element.name.indexOf(':') + 1)}`;
}

/** A prefix, or the default namespace, means the same, or something else, from here on. */
function redeclare({ root }: Material, random: Random): void {
  const { attributes } = anyOf(root, random);
  const name = random.pick([
    'xmlns',
    'xmlns:soap',
    'xmlns:wsse',
    'xmlns:wsu',
    'xmlns:ds',
    'xmlns:q',
    'xmlns:SOAP-ENV',
  ]);
  const known = attributes.find((each) => each.name === name);
  const value = random.pick(URIS);
  if (known) known.value = value;
  else if (value !== '' || name === 'xmlns') attributes.push({ name, value });
}

function dropAttribute({ root }: Material, random: Random): void {
  const { attributes } = withAttributes(root, random);
  attributes.splice(random.below(attributes.length), 1);
}

function copyAttribute({ root }: Material, random: Random): void {
  const { attributes } = withAttributes(root, random);
  anyOf(root, random).attributes.push({ ...random.pick(attributes) });
}

/** An Id gets another's value, or a Reference another's Id. */
function changeId({ root }: Material, random: Random): void {
  const all = elementsIn(root).flatMap(({ attributes }) => attributes);
  const ids = all.filter(({ name }) => /(^|:)id$/i.test(name));
  if (ids.length === 0) return;
  const { value } = random.pick(ids);
  const attribute = random.pick(all.filter(({ name }) => name === 'URI' || /(^|:)id$/i.test(name)));
  attribute.value = attribute.name === 'URI' ? `#${value}` : value;
}

function addId({ root }: Material, random: Random): void {
  const value = random.pick(['Body', 'Time', 'Token', 'Timestamp', 'Header', 'Other']);
  anyOf(root, random).attributes.push({ name: random.pick(IDS), value });
}

function changeAlgorithm({ root }: Material, random: Random): void {
  const all = elementsIn(root).flatMap(({ attributes }) => attributes);
  const algorithms = all.filter(({ name }) => name === 'Algorithm');
  if (algorithms.length > 0) random.pick(algorithms).value = random.pick(ALGORITHMS);
}

function changeValue({ root }: Material, random: Random): void {
  const attribute = random.pick(withAttributes(root, random).attributes);
  attribute.value = random.pick([
    '',
    `${attribute.value} `,
    attribute.value.slice(1),
    '#',
    '1',
    '&#9;',
  ]);
}

/** The same characters, written otherwise. */
function reencode({ root }: Material, random: Random): void {
  edit(root, random, (text, at) => {
    const [start, rest] = [text.slice(0, at), text.slice(at)];
    if (/[&<]/.test(rest)) return text;
    const code = rest.codePointAt(0);
    if (code === undefined || random.chance(0.5)) return `${start}<![CDATA[${rest}]]>`;
    const length = String.fromCodePoint(code).length;
    return `${start}&#${random.chance(0.5) ? code : `x${code.toString(16)}`};${rest.slice(length)}`;
  });
}

/** White space in text, or between elements. */
function space({ root }: Material, random: Random): void {
  const raw = random.pick([' ', '\n', '\t', '\r\n', '&#13;', '\u00a0']);
  if (random.chance(0.5))
    edit(root, random, (text, at) => text.slice(0, at) + raw + text.slice(at));
  else {
    const { children } = anyOf(root, random);
    children.splice(random.below(children.length + 1), 0, { kind: 'text', raw });
  }
}

function changeCharacter({ root }: Material, random: Random): void {
  edit(
    root,
    random,
    (text, at) =>
      text.slice(0, at) + random.pick(['', 'A', '0', '=', 'é', '\0']) + text.slice(at + 1),
  );
}

function swapTexts({ root }: Material, random: Random): void {
  const [a, b] = [anyText(root, random), anyText(root, random)];
  if (a && b) [a.raw, b.raw] = [b.raw, a.raw];
}

/** Something in the text that some readers skip. */
function interrupt({ root, victim }: Material, random: Random): void {
  const what = random.pick([
    '<!-- -->',
    '<?p q?>',
    `<!--${victim}-->`,
    `<x>${victim}</x>`,
    '<x/>',
    '<![CDATA[]]>',
    '&e;',
  ]);
  edit(root, random, (text, at) => text.slice(0, at) + what + text.slice(at));
}

function anyOf(root: Element, random: Random): Element {
  return random.pick(elementsIn(root));
}

function withAttributes(root: Element, random: Random): Element {
  const those = elementsIn(root).filter(({ attributes }) => attributes.length > 0);
  return those.length > 0
    ? random.pick(those)
    : { ...root, attributes: [{ name: 'a', value: '' }] };
}

function anyText(root: Element, random: Random): Text | undefined {
  const texts = textsIn(root);
  return texts.length > 0 ? random.pick(texts) : undefined;
}

function edit(root: Element, random: Random, change: (text: string, at: number) => string): void {
  const text = anyText(root, random);
  if (text) text.raw = change(text.raw, random.below(text.raw.length + 1));
}
