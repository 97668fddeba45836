import { escapeCanonical } from '../soap/encode.js';
import { NS } from '../soap/namespaces.js';
import type { XmlAttribute, XmlElement } from '../xml/node.js';

/**
 * The exclusive canonical form (Exclusive XML Canonicalization 1.0, without comments) of an element and all in it.
 *
 * It is written here because xml-crypto's differs from the standard's: it sorts prefixes by locale and so refuses
 * valid messages (SOAP-ENV beside ds); it does not escape namespace names, so that two documents have one form; and
 * its time grows with the square of what a stranger sends.
 *
 * @param prefixList that of InclusiveNamespaces; `#default` in it stands for the default namespace
 */
export function canonicalize(element: XmlElement, prefixList: readonly string[]): string {
  const inclusivePrefixes = prefixList.map((prefix) => (prefix === '#default' ? '' : prefix));
  const inherited = inclusivePrefixes.flatMap(
    (prefix) => declarationInScope(element.parent, prefix) ?? [],
  );
  return new CanonicalWriter(inclusivePrefixes).write(element, inherited);
}

type Declaration = readonly [prefix: string, namespace: string];

class CanonicalWriter {
  readonly #inclusive: ReadonlySet<string>;
  /** What the output has declared at this place, by prefix; `''` is the default namespace. */
  readonly #declared = new Map([['', '']]);

  constructor(inclusivePrefixes: readonly string[]) {
    this.#inclusive = new Set(inclusivePrefixes);
  }

  write(element: XmlElement, inherited: readonly XmlAttribute[]): string {
    const declarations = this.#declarationsFor(element, inherited);
    const before = declarations.map(([prefix]) => this.#declared.get(prefix));
    let text = `<${element.tagName}`;
    for (const [prefix, namespace] of declarations) {
      this.#declared.set(prefix, namespace);
      text += ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(namespace)}"`;
    }
    for (const { name, value } of sortedAttributes(element)) {
      text += ` ${name}="${escapeAttribute(value)}"`;
    }
    text += '>';
    for (const child of element.childNodes) {
      text += child.nodeType === 3 ? escapeCanonical(child.data) : this.write(child, NONE);
    }
    declarations.forEach(([prefix], index) => {
      const namespace = before[index];
      if (namespace === undefined) this.#declared.delete(prefix);
      else this.#declared.set(prefix, namespace);
    });
    return `${text}</${element.tagName}>`;
  }

  /** The namespaces that are visibly used here, or in the PrefixList, and not already so declared (section 3). */
  #declarationsFor(
    element: XmlElement,
    inherited: readonly XmlAttribute[],
  ): readonly Declaration[] {
    // Most elements declare nothing.
    let needed: Map<string, string> | undefined;
    const need = (prefix: string, namespace: string): void => {
      if (prefix === 'xml' || prefix === 'xmlns') return;
      if (this.#declared.get(prefix) !== namespace) {
        needed ??= new Map();
        needed.set(prefix, namespace);
      }
      // What the element itself says stands over what it would inherit.
      else needed?.delete(prefix);
    };
    for (const declaration of inherited) need(prefixDeclaredBy(declaration), declaration.value);
    for (const attribute of element.attributes) {
      const { prefix, namespaceURI, value } = attribute;
      if (namespaceURI !== NS.xmlns) {
        if (prefix !== '') need(prefix, namespaceURI);
        continue;
      }
      const declared = prefixDeclaredBy(attribute);
      if (this.#inclusive.has(declared)) need(declared, value);
    }
    need(element.prefix, element.namespaceURI);
    return needed ? [...needed].sort(([a], [b]) => compare(a, b)) : NONE;
  }
}

const NONE: readonly never[] = [];

/** By namespace, then by name (Canonical XML 1.0, section 2.3). */
function sortedAttributes({ attributes }: XmlElement): readonly XmlAttribute[] {
  if (attributes.length === 0) return NONE;
  return attributes
    .filter((each) => each.namespaceURI !== NS.xmlns)
    .sort((a, b) => compare(a.namespaceURI, b.namespaceURI) || compare(a.localName, b.localName));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The prefix that a declaration binds; `''` for the default namespace. */
function prefixDeclaredBy({ prefix, localName }: XmlAttribute): string {
  return prefix === '' ? '' : localName;
}

function declarationInScope(
  element: XmlElement | undefined,
  prefix: string,
): XmlAttribute | undefined {
  for (let each = element; each; each = each.parent) {
    const found = each.attributes.find(
      (attribute) => attribute.namespaceURI === NS.xmlns && prefixDeclaredBy(attribute) === prefix,
    );
    if (found) return found;
  }
  return undefined;
}

const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

function escapeAttribute(value: string): string {
  if (!/[&<"\t\n\r]/.test(value)) return value;
  return value.replace(/[&<"\t\n\r]/g, (character) => ATTRIBUTE_ESCAPES[character] as string);
}
