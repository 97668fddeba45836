import { ExclusiveCanonicalization } from 'xml-crypto';
import { escapeText } from '../soap/encode.js';
import { NS } from '../soap/namespaces.js';
import type { XmlAttribute, XmlElement, XmlNode } from '../xml/node.js';

type Scope = { prefix: string; namespaceURI: string }[];

/**
 * xml-crypto's Exclusive XML Canonicalization 1.0, walking our tree, with namespaces sorted by code point as
 * Canonical XML (2.2) wants it: xml-crypto sorts them by locale and so refuses valid messages (SOAP-ENV beside ds).
 */
class Canonicalization extends ExclusiveCanonicalization {
  override nsCompare(a: { prefix: string }, b: { prefix: string }): number {
    return a.prefix === b.prefix ? 0 : a.prefix < b.prefix ? -1 : 1;
  }

  override processInner(
    node: XmlNode,
    scope: Scope,
    defaultNamespace: string,
    defaultForPrefix: object,
    inclusivePrefixes: string[],
  ): string {
    if (node.nodeType === 3) return escapeText(node.data);
    const { rendered, newDefaultNs } = this.renderNs(
      node,
      scope,
      defaultNamespace,
      defaultForPrefix,
      inclusivePrefixes,
    );
    const content = node.childNodes.map((child) =>
      this.processInner(child, [...scope], newDefaultNs, defaultForPrefix, inclusivePrefixes),
    );
    return `<${node.tagName}${rendered}${this.renderAttrs(node)}>${content.join('')}</${node.tagName}>`;
  }
}

const CANONICALIZATION = new Canonicalization();

/**
 * The exclusive canonical form of an element and all in it.
 * @param inclusivePrefixes the PrefixList of InclusiveNamespaces, without `#default`
 */
export function canonicalize(element: XmlElement, inclusivePrefixes: readonly string[]): string {
  const prefixes = [...inclusivePrefixes];
  const apex = prefixes.length > 0 ? withInherited(element, prefixes) : element;
  return CANONICALIZATION.processInner(apex, [], '', {}, prefixes);
}

/** The element with the listed namespaces of its ancestors declared on it, as inclusive treatment wants them. */
function withInherited(element: XmlElement, prefixes: readonly string[]): XmlElement {
  const attributes = [...element.attributes];
  for (const prefix of prefixes) {
    const isThere = attributes.some((each) => declares(each, prefix));
    const inherited = isThere ? undefined : declarationInScope(element.parent, prefix);
    if (inherited) attributes.push(inherited);
  }
  return { ...element, attributes };
}

function declarationInScope(
  element: XmlElement | undefined,
  prefix: string,
): XmlAttribute | undefined {
  for (let each = element; each; each = each.parent) {
    const found = each.attributes.find((attribute) => declares(attribute, prefix));
    if (found) return found;
  }
  return undefined;
}

function declares(attribute: XmlAttribute, prefix: string): boolean {
  return attribute.namespaceURI === NS.xmlns && attribute.localName === prefix;
}
