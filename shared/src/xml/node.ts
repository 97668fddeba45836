/** A small XML tree: elements and text, nothing else. The names of the properties are the DOM's. */
export interface XmlAttribute {
  readonly name: string;
  readonly prefix: string;
  readonly localName: string;
  readonly namespaceURI: string;
  readonly value: string;
}

export interface XmlText {
  readonly nodeType: 3;
  readonly data: string;
}

export interface XmlElement {
  readonly nodeType: 1;
  readonly tagName: string;
  readonly prefix: string;
  readonly localName: string;
  readonly namespaceURI: string;
  readonly attributes: XmlAttribute[];
  readonly childNodes: XmlNode[];
  readonly parent: XmlElement | undefined;
}

export type XmlNode = XmlElement | XmlText;

/** The element children, in order. */
export function childElements(parent: XmlElement): XmlElement[] {
  return parent.childNodes.filter((node) => node.nodeType === 1);
}

/** The element children of one expanded name. */
export function childrenNamed(
  parent: XmlElement,
  namespace: string,
  localName: string,
): XmlElement[] {
  return childElements(parent).filter((each) => isNamed(each, namespace, localName));
}

export function isNamed(element: XmlElement, namespace: string, localName: string): boolean {
  return element.localName === localName && element.namespaceURI === namespace;
}

/** The value of the attribute of this expanded name; `''` stands for no namespace. */
export function attributeOf(
  element: XmlElement,
  namespace: string,
  localName: string,
): string | undefined {
  return element.attributes.find(
    (each) => each.localName === localName && each.namespaceURI === namespace,
  )?.value;
}

/** The text directly inside an element. */
export function textOf(element: XmlElement): string {
  return element.childNodes.map((node) => (node.nodeType === 3 ? node.data : '')).join('');
}
