import { type SaxesAttributeNS, SaxesParser, type SaxesTagNS } from 'saxes';
import { NS } from '../soap/namespaces.js';
import type { XmlAttribute, XmlElement } from './node.js';

export interface ParseLimits {
  maxDepth: number;
  maxElements: number;
  /** On one element, namespace declarations included. */
  maxAttributes: number;
}

/** Far more than any request of ours has. */
export const PARSE_LIMITS: ParseLimits = { maxDepth: 40, maxElements: 20_000, maxAttributes: 64 };

/** The text is not XML that we take. `message` is one sentence without the text itself. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

/**
 * Parses a document strictly: well-formed XML 1.0 with namespaces in UTF-8. A document type, processing
 * instructions and comments are refused (SOAP 1.1, section 3 forbids the first two; a comment would split text
 * that a signature covers as one) before anything is parsed, and so is CDATA that quotes one. What exceeds the
 * limits is refused while it is being read.
 *
 * @throws {XmlError}
 */
export function parseXml(text: string, limits: ParseLimits = PARSE_LIMITS): XmlElement {
  refuseMarkup(text);
  const builder = new TreeBuilder(limits);
  // With seven handlers or more V8 makes a dictionary of the parser, which then takes five times as long.
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on('error', ({ message }) => refuse(`it is not well-formed (${reasonOf(message)})`));
  parser.on('attribute', ({ name }) => builder.attribute(name));
  parser.on('opentag', (tag) => builder.open(tag));
  parser.on('closetag', () => builder.close());
  parser.on('text', (data) => builder.text(data));
  parser.on('cdata', (data) => builder.text(data));
  parser.write(text);
  const { version, encoding } = parser.xmlDecl;
  parser.close();
  if (version !== undefined && version !== '1.0') refuse('it is not XML 1.0');
  if (encoding && encoding.toLowerCase() !== 'utf-8') refuse('its encoding is not UTF-8');
  return builder.root();
}

/** The parser's reason in plain words; what it quotes of the text comes after a colon. */
function reasonOf(message: string): string {
  const [reason = ''] = message.replace('"]]>"', 'that ends CDATA').split(/[:.]/, 1);
  return reason.replace(/[^a-zA-Z0-9 ,()-]/g, '');
}

/** A document type, a comment or a processing instruction can't begin otherwise. */
function refuseMarkup(text: string): void {
  if (text.includes('<!')) {
    if (text.includes('<!DOCTYPE')) refuse('it has a document type');
    if (text.includes('<!--')) refuse('it has a comment');
  }
  // Not a regular expression over the whole text: there is at most one such start, the declaration's.
  for (let at = text.indexOf('<?'); at >= 0; at = text.indexOf('<?', at + 1)) {
    if (!XML_DECLARATION.test(text.slice(at, at + 6))) refuse('it has a processing instruction');
  }
}

const XML_DECLARATION = /^<\?xml\s/;

class TreeBuilder {
  readonly #limits: ParseLimits;
  #current: XmlElement | undefined;
  #root: XmlElement | undefined;
  #depth = 0;
  #elements = 0;
  /** Those of the tag that is being read. */
  #attributeNames: string[] = [];

  constructor(limits: ParseLimits) {
    this.#limits = limits;
  }

  /** To list them from the parser's table of them would take longer than to keep them. */
  attribute(name: string): void {
    this.#attributeNames.push(name);
    if (this.#attributeNames.length > this.#limits.maxAttributes)
      refuse('an element has too many attributes');
  }

  open(tag: SaxesTagNS): void {
    this.#depth += 1;
    this.#elements += 1;
    if (this.#depth > this.#limits.maxDepth) refuse('its elements are nested too deeply');
    if (this.#elements > this.#limits.maxElements) refuse('it has too many elements');
    const element: XmlElement = {
      nodeType: 1,
      tagName: tag.name,
      prefix: tag.prefix,
      localName: tag.local,
      namespaceURI: tag.uri,
      attributes: this.#attributes(tag),
      childNodes: [],
      children: [],
      parent: this.#current,
    };
    this.#current?.childNodes.push(element);
    this.#current?.children.push(element);
    this.#root ??= element;
    this.#current = element;
  }

  close(): void {
    this.#depth -= 1;
    this.#current = this.#current?.parent;
  }

  text(data: string): void {
    if (data !== '') this.#current?.childNodes.push({ nodeType: 3, data });
  }

  root(): XmlElement {
    return this.#root ?? refuse('it is empty');
  }

  #attributes(tag: SaxesTagNS): XmlAttribute[] {
    const names = this.#attributeNames;
    if (names.length === 0) return [];
    this.#attributeNames = [];
    return names.map((name) => {
      const { prefix, local, uri, value } = tag.attributes[name] as SaxesAttributeNS;
      // Reserved, and taken for a declaration by some canonicalizations (xml-crypto's), which then drop it.
      if (name.startsWith('xmlns') && prefix !== 'xmlns' && name !== 'xmlns') {
        refuse('an attribute has a reserved name');
      }
      // saxes trims the names of namespaces, which would make one canonical form of two documents.
      if (uri === NS.xmlns && value !== value.trim()) {
        refuse('the name of a namespace begins or ends with white space');
      }
      return { name, prefix, localName: local, namespaceURI: uri, value };
    });
  }
}

function refuse(reason: string): never {
  throw new XmlError(`The message is refused: ${reason}.`);
}
