import { describe, expect, it } from 'vitest';
import { SignedXml } from 'xml-crypto';
import { NS } from '../soap/namespaces.js';
import { identityOf, makeCertificate, rsaKeys } from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import { EXCLUSIVE, planFor, signedInfoOf, transform } from '../testing/message.js';
import { judgeOfXmlsec } from '../testing/xmlsec.js';
import { attributeOf, type XmlElement } from '../xml/node.js';
import { parseXml } from '../xml/parse.js';
import { canonicalize } from './canonical.js';

const signer = identityOf(makeCertificate({ name: labName('signer'), keys: rsaKeys() }));

/** A root with the element `t` to canonicalize, and the PrefixList. */
type Case = [name: string, document: string, prefixes?: string];

const AGREED: Case[] = [
  ['text and nothing else', '<r><t Id="t">a</t></r>'],
  ['an empty element', '<r><t Id="t"><x/></t></r>'],
  ['escapes in text', '<r><t Id="t">&lt;&gt;&amp;&quot;&apos;&#xD;\t\n</t></r>'],
  ['escapes in attributes', '<r><t Id="t" a="&lt;&gt;&amp;&quot;\'&#xD;&#xA;&#x9; b"/></r>'],
  ['single quotes', "<r><t Id='t' a='\"'/></r>"],
  ['CDATA', '<r><t Id="t">a<![CDATA[<b>&]]>c</t></r>'],
  ['line ends', '<r><t Id="t">a\r\nb\rc</t></r>'],
  ['characters beyond 16 bits', '<r><t Id="t" a="😀">😀é</t></r>'],
  [
    'the order of attributes',
    '<r><t z="1" Id="t" b:a="2" a:b="3" a="4" xmlns:b="urn:1" xmlns:a="urn:2"/></r>',
  ],
  ['an unused namespace', '<r xmlns:u="urn:u"><t Id="t" xmlns:v="urn:v"/></r>'],
  ['a used namespace of an ancestor', '<r xmlns:u="urn:u"><u:t Id="t"><u:x/></u:t></r>'],
  ['a namespace used by an attribute alone', '<r xmlns:u="urn:u"><t Id="t"><x u:a="1"/></t></r>'],
  ['a namespace first used by two siblings', '<r xmlns:u="urn:u"><t Id="t"><u:x/><u:y/></t></r>'],
  ['a superfluous declaration', '<r><u:t Id="t" xmlns:u="urn:u"><u:x xmlns:u="urn:u"/></u:t></r>'],
  ['a prefix bound anew', '<r><u:t Id="t" xmlns:u="urn:1"><u:x xmlns:u="urn:2"/></u:t></r>'],
  [
    'the default namespace',
    '<r xmlns="urn:d"><t Id="t"><x xmlns=""><y xmlns="urn:d"/></x></t></r>',
  ],
  [
    'no namespace in a default one',
    '<r xmlns="urn:d"><u:t xmlns:u="urn:u" Id="t"><x xmlns=""/></u:t></r>',
  ],
  [
    'a listed prefix of an ancestor',
    '<r xmlns:u="urn:u" xmlns:v="urn:v"><t Id="t"><x/></t></r>',
    'u',
  ],
  ['a listed prefix bound anew', '<r xmlns:u="urn:1"><t Id="t"><x xmlns:u="urn:2"/></t></r>', 'u'],
  [
    'a listed prefix declared on the element',
    '<r xmlns:u="urn:1"><t Id="t" xmlns:u="urn:2"/></r>',
    'u v',
  ],
  ['a listed prefix that is nowhere', '<r><t Id="t"/></r>', 'nowhere'],
  [
    'a prefix bound to its first namespace again',
    '<r><u:t Id="t" xmlns:u="urn:1"><u:x xmlns:u="urn:2"><u:y xmlns:u="urn:1"/></u:x></u:t></r>',
  ],
  ['xml:lang', '<r><t Id="t" xml:lang="en"/></r>'],
  [
    'a listed default namespace that the element undoes',
    '<r xmlns="urn:d"><t Id="t" xmlns=""><x xmlns="urn:d"/></t></r>',
    '#default',
  ],
  ['a listed default namespace that is nowhere', '<r><t Id="t"><x/></t></r>', '#default'],
];

const XML_CRYPTO_DIFFERS: Case[] = [
  [
    'a listed default namespace, undone and bound anew',
    '<r xmlns="urn:d"><u:t xmlns:u="urn:u" Id="t"><u:x xmlns=""><u:y xmlns="urn:e"/></u:x></u:t></r>',
    '#default u',
  ],
  [
    'a listed default namespace of an ancestor',
    '<r xmlns="urn:d" xmlns:u="urn:u"><u:t Id="t"><u:x/></u:t></r>',
    '#default',
  ],
  [
    'prefixes in the order of their code points',
    '<r xmlns:SOAP-ENV="urn:1" xmlns:ds="urn:2"><ds:t Id="t" SOAP-ENV:a="1"/></r>',
  ],
  [
    'the same with a PrefixList',
    '<r xmlns:SOAP-ENV="urn:1" xmlns:ds="urn:2"><ds:t Id="t"/></r>',
    'SOAP-ENV',
  ],
  [
    'attributes in the order of namespace, then name',
    '<r><t Id="t" xmlns:a="urn:a" xmlns:b="urn:ab" b:a="1" a:z="2"/></r>',
  ],
  [
    'a prefix of an attribute that is listed as a prefix',
    '<r xmlns:u="urn:u"><t Id="t" u:lang="en"/></r>',
    'lang',
  ],
];

const target = (root: XmlElement): XmlElement => {
  const [found] = root.children.filter((each) => attributeOf(each, '', 'Id') === 't');
  if (!found) throw new Error('no element t');
  return found;
};

/** The document with a signature over `t`, made with our canonical form of it. */
function signed([, document, prefixes]: Case): { text: string; form: string } {
  const form = canonicalize(target(parseXml(document)), prefixes?.split(' ') ?? []);
  const list = `<InclusiveNamespaces xmlns="${EXCLUSIVE}" PrefixList="${prefixes}"></InclusiveNamespaces>`;
  const transforms = transform(EXCLUSIVE, prefixes === undefined ? '' : list);
  const plan = { ...planFor(signer), references: [{ uri: '#t', form, transforms }] };
  const signedInfo = signedInfoOf(plan);
  const value = plan.signer(signedInfo).toString('base64');
  const signature = `<ds:Signature xmlns:ds="${NS.ds}">${signedInfo}<ds:SignatureValue>${value}</ds:SignatureValue></ds:Signature>`;
  return { text: document.replace(/<\/r>$/, `${signature}</r>`), form };
}

function formOfXmlCrypto(text: string): string | undefined {
  const [signature = ''] = /<ds:Signature .*<\/ds:Signature>/s.exec(text) ?? [];
  const judge = new SignedXml({ publicCert: signer.certificatePem });
  judge.loadSignature(signature);
  return judge.checkSignature(text) ? judge.getSignedReferences()[0] : undefined;
}

describe('is the form of xmlsec1 and of xml-crypto:', () => {
  it.each(AGREED)('%s', (...each) => {
    const { text, form } = signed(each);
    expect(judgeOfXmlsec(text, signer.certificatePem, ['t'])).toBe('OK');
    expect(formOfXmlCrypto(text)).toBe(form);
  });
});

describe('is the form of xmlsec1, where xml-crypto differs:', () => {
  it.each(XML_CRYPTO_DIFFERS)('%s', (...each) => {
    const { text, form } = signed(each);
    expect(judgeOfXmlsec(text, signer.certificatePem, ['t'])).toBe('OK');
    expect(formOfXmlCrypto(text)).not.toBe(form);
  });
});

// The judges are no help here: xml-crypto writes the name as it is, xmlsec1 as it was escaped in the text.
it('escapes a namespace name', () => {
  const element = parseXml('<u:t xmlns:u="urn:a&amp;&lt;&quot;"><x xmlns="urn:b&amp;"/></u:t>');
  expect(canonicalize(element, [])).toBe(
    '<u:t xmlns:u="urn:a&amp;&lt;&quot;"><x xmlns="urn:b&amp;"></x></u:t>',
  );
});
