/**
 * XML as it is written: prefixes, quotes and character references are kept, and nothing is checked, since what is made
 * of it is to be wrong in many ways.
 */
export interface Element {
  kind: 'element';
  name: string;
  attributes: { name: string; value: string }[];
  children: Node[];
}

export interface Text {
  kind: 'text';
  /** As it stands between the tags. */
  raw: string;
}

export type Node = Element | Text;

/** Where an element is. */
export interface Place {
  parent: Element;
  index: number;
}

const TOKEN = /<(\/?)([^\s>/]+)((?:\s+[^\s=]+="[^"]*")*)\s*(\/?)>|([^<]+)/g;

/** Reads a document without comments, CDATA and the like, such as our originals are. */
export function readTree(text: string): Element {
  const document: Element = { kind: 'element', name: '', attributes: [], children: [] };
  const open = [document];
  for (const [, end, name = '', attributes = '', empty, raw] of text.matchAll(TOKEN)) {
    const parent = open.at(-1) as Element;
    if (raw !== undefined) parent.children.push({ kind: 'text', raw });
    else if (end) open.pop();
    else {
      const element = {
        kind: 'element' as const,
        name,
        attributes: readAttributes(attributes),
        children: [],
      };
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  const [root] = document.children;
  if (root?.kind !== 'element' || open.length !== 1) throw new Error('the original is not XML');
  return root;
}

function readAttributes(text: string): Element['attributes'] {
  return [...text.matchAll(/([^\s=]+)="([^"]*)"/g)].map(([, name = '', value = '']) => ({
    name,
    value,
  }));
}

export function copyOf<T extends Node>(node: T): T {
  return structuredClone(node);
}

/** The element and all in it, in document order. */
export function elementsIn(root: Element): Element[] {
  return [
    root,
    ...root.children.flatMap((child) => (child.kind === 'element' ? elementsIn(child) : [])),
  ];
}

export function placeOf(root: Element, element: Element): Place | undefined {
  for (const parent of elementsIn(root)) {
    const index = parent.children.indexOf(element);
    if (index >= 0) return { parent, index };
  }
  return undefined;
}

export function textsIn(root: Element): Text[] {
  return elementsIn(root).flatMap(({ children }) =>
    children.filter((child) => child.kind === 'text'),
  );
}

/** The name without its prefix. */
export function localName({ name }: { name: string }): string {
  return name.slice(name.indexOf(':') + 1);
}

export function write(node: Node): string {
  if (node.kind === 'text') return node.raw;
  const attributes = node.attributes.map(({ name, value }) => ` ${name}="${value}"`).join('');
  const content = node.children.map(write).join('');
  return `<${node.name}${attributes}>${content}</${node.name}>`;
}
