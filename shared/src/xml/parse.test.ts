import { describe, expect, it } from 'vitest';
import { attributeOf, textOf } from './node.js';
import { parseXml, XmlError } from './parse.js';

it('makes a tree of elements, attributes and text', () => {
  const root = parseXml(
    '<?xml version="1.0" encoding="utf-8"?>\n<a:r xmlns:a="urn:a" a:x="1" y="2">t<b/>u</a:r>\n',
  );
  expect(root).toMatchObject({
    tagName: 'a:r',
    prefix: 'a',
    localName: 'r',
    namespaceURI: 'urn:a',
  });
  expect(attributeOf(root, 'urn:a', 'x')).toBe('1');
  expect(attributeOf(root, '', 'y')).toBe('2');
  expect(attributeOf(root, '', 'x')).toBeUndefined();
  expect(textOf(root)).toBe('tu');
  const [child] = root.children;
  expect(child).toMatchObject({ localName: 'b', namespaceURI: '', parent: root });
});

it.each([
  ['<r>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;</r>', '<>&"\'A😀'],
  ['<r><![CDATA[<&]]>]]&gt;</r>', '<&]]>'],
  ['<r>a\r\nb\rc</r>', 'a\nb\nc'],
  ['\uFEFF<r>bom</r>', 'bom'],
])('reads the text of %s', (text, expected) => {
  expect(textOf(parseXml(text))).toBe(expected);
});

it('takes names that JavaScript has a meaning for', () => {
  const root = parseXml('<__proto__ constructor="1" __proto__="2" id="__proto__"/>');
  expect(attributeOf(root, '', '__proto__')).toBe('2');
  expect(Object.keys(Object.prototype)).toEqual([]);
});

/** A stranger is told no more than words of ours and of the parser. */
const PLAIN = /^The message is refused: [a-zA-Z0-9 ().,-]+\.$/;

describe('refuses', () => {
  const doc = (text: string): string => `<r>${text}</r>`;

  it.each([
    ['a document type', '<!DOCTYPE r><r/>', 'document type'],
    ['an internal entity', '<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', 'document type'],
    ['an external entity', '<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>', 'document type'],
    ['an unknown entity', doc('&a;'), 'undefined entity'],
    ['an entity named like a method', doc('&constructor;'), 'undefined entity'],
    ['a processing instruction', doc('<?p x?>'), 'processing instruction'],
    ['a processing instruction after the root', '<r/><?p x?>', 'processing instruction'],
    ['a comment', doc('<!-- c -->'), 'comment'],
    ['a comment before the root', '<!-- c --><r/>', 'comment'],
    ['CDATA that quotes a comment', doc('<![CDATA[<!-- c -->]]>'), 'comment'],
    ['a second XML declaration', '<?xml version="1.0"?><?xml version="1.0"?><r/>', 'declaration'],
    ['an unbound prefix of an element', '<a:r/>', 'unbound namespace prefix'],
    ['an unbound prefix of an attribute', '<r a:b="1"/>', 'unbound namespace prefix'],
    ['a prefix bound to nothing', '<r xmlns:a=""/>', 'undefine prefix'],
    ['the prefix xmlns bound', '<r xmlns:xmlns="urn:a"/>', 'xmlns'],
    ['an element in xmlns', '<xmlns:r/>', 'xmlns'],
    ['a namespace that ends with a space', '<r xmlns="urn:a "/>', 'white space'],
    ['a namespace that begins with a line break', '<r xmlns:a="&#10;urn:a"/>', 'white space'],
    ['a namespace that ends with a wide space', '<r xmlns:a="urn:a\u00a0"/>', 'white space'],
    ['an attribute twice', '<r a="1" a="2"/>', 'duplicate attribute'],
    [
      'an attribute twice by its namespace',
      '<r xmlns:a="u" xmlns:b="u" a:x="" b:x=""/>',
      'duplicate attribute',
    ],
    ['an attribute named xmlnsfoo', '<r xmlnsfoo="1"/>', 'reserved name'],
    ['an attribute named xmlns-foo:a', '<r xmlns:xmlnsb="u" xmlnsb:a="1"/>', 'reserved name'],
    ['a control character', doc('\u0001'), 'disallowed character'],
    ['NUL', doc('\0'), 'disallowed character'],
    ['a reference to NUL', doc('&#0;'), 'malformed character entity'],
    ['a reference to half a surrogate pair', doc('&#xD800;'), 'malformed character entity'],
    ['half a surrogate pair', doc('\uD800'), 'not well-formed'],
    ['an element that is not closed', '<r><a></r>', 'unexpected close tag'],
    ['a document that is cut off', '<r><a>', 'unclosed tag'],
    ['nothing', '', 'root element'],
    ['text alone', 'hello', 'text data outside'],
    ['a second root', '<r/><r/>', 'only one root'],
    ['text after the root', '<r/>x', 'text data outside'],
    ['CDATA end in text', doc(']]>'), 'that ends CDATA is disallowed in char data'],
    ['a version of its own', '<?xml version="2"?><r/>', 'version number'],
    ['a declaration that is neither', '<?xml version="1.0" standalone="x"?><r/>', 'yes or no'],
    ['an attribute without quotes', '<r a=1/>', 'unquoted attribute'],
    ['XML 1.1', '<?xml version="1.1"?><r/>', 'not XML 1.0'],
    ['another encoding', '<?xml version="1.0" encoding="UTF-16"?><r/>', 'not UTF-8'],
    ['a declaration that is not first', ' <?xml version="1.0"?><r/>', 'start of the document'],
  ])('%s', (_, text, reason) => {
    expect(() => parseXml(text)).toThrow(XmlError);
    expect(() => parseXml(text)).toThrow(reason);
    expect(() => parseXml(text)).toThrow(PLAIN);
  });

  it('without repeating the text, which may be long', () => {
    const name = 'x'.repeat(10_000);
    expect(() => parseXml(`<${name}:r/>`)).toThrow(/^.{1,100}$/);
  });
});

describe('keeps its limits:', () => {
  const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth);
  const many = (count: number): string => `<r>${'<a/>'.repeat(count - 1)}</r>`;
  const wide = (count: number): string =>
    `<r ${Array.from({ length: count }, (_, index) => `a${index}=""`).join(' ')}/>`;

  it.each([
    ['depth', nested(40), nested(41), 'nested too deeply'],
    ['elements', many(20_000), many(20_001), 'too many elements'],
    ['attributes', wide(64), wide(65), 'too many attributes'],
  ])('%s', (_, most, tooMuch, reason) => {
    expect(parseXml(most).nodeType).toBe(1);
    expect(() => parseXml(tooMuch)).toThrow(reason);
  });

  it('refuses what is too deep when it is there, not at the end', () => {
    expect(() => parseXml(`${'<a>'.repeat(41)}<`)).toThrow('nested too deeply');
  });
});
