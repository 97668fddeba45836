import { evil, NS } from '../cases/messages.js';
import type { Random } from './random.js';
import { copyOf, type Element, elementsIn, localName, placeOf, readTree, textsIn } from './tree.js';

/** What a mutation may take from: the message itself, others that were really sent, and an id that nobody signed. */
export interface Material {
  root: Element;
  others: readonly Element[];
  victim: string;
}

export type Mutation = (material: Material, random: Random) => void;

const WRAPPERS = [
  'x',
  'soap:Header',
  'soap:Body',
  'soap:Envelope',
  'wsse:Security',
  'ds:Object',
  'ds:Signature',
  'ds:KeyInfo',
  'ds:SignedInfo',
  'ds:Manifest',
  'wsse:SecurityTokenReference',
  'wsse:Embedded',
  'wsu:Timestamp',
];

/** Prefixes may be another client's: what is made here brings its own. */
const DECLARATIONS = (['soap', 'wsse', 'wsu', 'ds'] as const).map((prefix) => ({
  name: `xmlns:${prefix}`,
  value: NS[prefix],
}));

/** Changes of the structure: what stands where, how often, and in what. */
export const STRUCTURAL: readonly Mutation[] = [
  move,
  duplicate,
  wrap,
  unwrap,
  swap,
  remove,
  displace,
  exchange,
  ...[graft, graft],
  splice,
];

function move({ root }: Material, random: Random): void {
  const element = inner(root, random);
  cut(root, element);
  insert(root, element, random);
}

function duplicate({ root }: Material, random: Random): void {
  insert(root, copyOf(inner(root, random)), random);
}

function wrap({ root }: Material, random: Random): void {
  const element = inner(root, random);
  replace(root, element, [wrapperOf(copyOf(element), random)]);
}

function unwrap({ root }: Material, random: Random): void {
  const element = inner(root, random);
  replace(root, element, element.children);
}

function swap({ root }: Material, random: Random): void {
  const [a, b] = [inner(root, random), inner(root, random)];
  if (elementsIn(a).includes(b) || elementsIn(b).includes(a)) return;
  const hole: Element = { kind: 'element', name: 'hole', attributes: [], children: [] };
  replace(root, a, [hole]);
  replace(root, b, [a]);
  replace(root, hole, [b]);
}

function remove({ root }: Material, random: Random): void {
  cut(root, inner(root, random));
}

/** Signature wrapping: a signed part goes elsewhere, and something of the attacker's takes its place. */
function displace({ root, victim }: Material, random: Random): void {
  const signed = elementsIn(root).filter(idOf);
  const element = signed.length > 0 ? random.pick(signed) : root;
  if (element === root) return;
  const copy = copyOf(element);
  const forged = copyOf(element);
  if (localName(element) === 'Body') forged.children = [readTree(evil(victim))];
  // Another instant, as good as the signed one.
  for (const text of textsIn(forged)) text.raw = text.raw.replace(/\.\d{3}Z$/, '.000Z');
  const id = idOf(forged);
  if (id && random.chance(0.7)) {
    id.name = random.pick(['Id', 'ID', 'xml:id', 'wsu:Id', 'x']);
    if (random.chance(0.5)) id.value = 'Other';
  }
  replace(root, element, [forged]);
  insert(root, random.chance(0.5) ? copy : wrapperOf(copy, random), random);
}

/** A part of another message takes the place of the same part of this one, or comes beside it. */
function exchange({ root, others }: Material, random: Random): void {
  const element = inner(root, random);
  const name = localName(element);
  const same = others.flatMap(elementsIn).filter((each) => localName(each) === name);
  if (same.length === 0) return;
  const other = copyOf(random.pick(same));
  const order = random.pick([[other], [other, element], [element, other]]);
  replace(root, element, order);
}

/** Parts that make sense together. */
const GRAFTS: readonly (readonly string[])[] = [
  ['Body'],
  ['Timestamp'],
  ['BinarySecurityToken'],
  ['Body', 'Timestamp'],
  ['Body', 'Timestamp', 'SignedInfo'],
  ['SignedInfo', 'SignatureValue'],
  ['BinarySecurityToken', 'KeyInfo'],
];

/** Some parts of another message take the places of this one's, or come beside them, under other Ids or not. */
function graft({ root, others }: Material, random: Random): void {
  const other = elementsIn(random.pick(others));
  const beside = random.chance(0.5);
  for (const name of random.pick(GRAFTS)) {
    const element = elementsIn(root).find((each) => localName(each) === name);
    const donor = other.find((each) => localName(each) === name);
    if (!element || !donor || element === root) continue;
    const copy = copyOf(donor);
    const id = idOf(copy);
    if (id && random.chance(0.3)) id.value = 'Other';
    const isBeside = beside && name !== 'Body' && name !== 'Timestamp';
    replace(
      root,
      element,
      isBeside
        ? random.pick([
            [copy, element],
            [element, copy],
          ])
        : [copy],
    );
  }
}

/** What the attacker wants is put somewhere. */
function splice({ root, victim }: Material, random: Random): void {
  const operation = readTree(evil(victim));
  insert(root, random.chance(0.5) ? operation : wrapperOf(operation, random), random);
}

function wrapperOf(element: Element, random: Random): Element {
  return {
    kind: 'element',
    name: random.pick(WRAPPERS),
    attributes: DECLARATIONS.map((each) => ({ ...each })),
    children: [element],
  };
}

/** Any element but the root. */
function inner(root: Element, random: Random): Element {
  const [, ...rest] = elementsIn(root);
  return random.pick(rest);
}

function cut(root: Element, element: Element): void {
  replace(root, element, []);
}

function replace(root: Element, element: Element, by: Element['children']): void {
  const place = placeOf(root, element);
  if (place) place.parent.children.splice(place.index, 1, ...by);
}

function insert(root: Element, element: Element, random: Random): void {
  const parent = random.pick(elementsIn(root));
  parent.children.splice(random.below(parent.children.length + 1), 0, element);
}

function idOf({ attributes }: Element): Element['attributes'][number] | undefined {
  return attributes.find(({ name }) => /(^|:)id$/i.test(name));
}
