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
  /** Those of them that are elements. */
  readonly children: XmlElement[];
  readonly parent: XmlElement | undefined;
}

export type XmlNode = XmlElement | XmlText;

/** The element children of one expanded name. */
export function childrenNamed(
  parent: XmlElement,
  namespace: string,
  localName: string,
): XmlElement[] {
  return parent.children.filter((each) => isNamed(each, namespace, localName));
}

/** The first of them. */
export function childNamed(
  parent: XmlElement,
  namespace: string,
  localName: string,
): XmlElement | undefined {
  for (const each of parent.children) if (isNamed(each, namespace, localName)) return each;
  return undefined;
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
  for (const each of element.attributes) {
    if (each.localName === localName && each.namespaceURI === namespace) return each.value;
  }
  return undefined;
}

/** The text directly inside an element. */
export function textOf(element: XmlElement): string {
  let text = '';
  for (const node of element.childNodes) if (node.nodeType === 3) text += node.data;
  return text;
}
