import {
  EXCLUSIVE,
  edit,
  type MessagePlan,
  transform,
} from '../../../shared/src/testing/message.js';
import { type Attack, edited, signed } from '../support/attack.js';
import { evil } from './messages.js';
import { SOURCE } from './sources.js';

const UNSUPPORTED = 'wsse:UnsupportedAlgorithm';

const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const INCLUSIVE = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116';
const XSLT = 'http://www.w3.org/TR/1999/REC-xslt-19991116';

const SHEET =
  '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">' +
  '<xsl:template match="/"><xsl:for-each select="//. | //@*"><xsl:copy/></xsl:for-each></xsl:template></xsl:stylesheet>';
const filter = (expression: string): string =>
  `<ds:XPath xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${expression}</ds:XPath>`;
const prefixes = (list: string): string =>
  `<i:InclusiveNamespaces xmlns:i="${EXCLUSIVE}" PrefixList="${list}"></i:InclusiveNamespaces>`;

const both = transform(ENVELOPED) + transform(EXCLUSIVE);
const PRACTICE = `${SOURCE.dsigPractice} 1 to 4`;

/** Lists of transforms other than exclusive canonicalization. */
const LISTS: [name: string, transforms: string, source: string][] = [
  ['XSLT', transform(XSLT, SHEET) + transform(EXCLUSIVE), PRACTICE],
  ['XSLT without a sheet', transform(XSLT) + transform(EXCLUSIVE), PRACTICE],
  [
    'XPath',
    transform(XPATH, filter('not(ancestor-or-self::volumeId)')) + transform(EXCLUSIVE),
    PRACTICE,
  ],
  [
    'XPath of a loop',
    transform(XPATH, filter('count(//. | //@* | //namespace::*)')) + transform(EXCLUSIVE),
    PRACTICE,
  ],
  [
    'XPath filter 2',
    transform('http://www.w3.org/2002/06/xmldsig-filter2') + transform(EXCLUSIVE),
    PRACTICE,
  ],
  [
    'base64',
    transform('http://www.w3.org/2000/09/xmldsig#base64') + transform(EXCLUSIVE),
    `${SOURCE.dsig} 6.6.2`,
  ],
  [
    'decryption',
    transform('http://www.w3.org/2002/07/decrypt#XML') + transform(EXCLUSIVE),
    'Decryption Transform for XML Signature (W3C, 2002)',
  ],
  [
    'STR-Transform',
    transform(
      'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform',
    ),
    `${SOURCE.wss} 8.3`,
  ],
  ['enveloped-signature alone', transform(ENVELOPED), `${SOURCE.dsig} 6.6.4`],
  ['enveloped-signature last', transform(EXCLUSIVE) + transform(ENVELOPED), `${SOURCE.dsig} 6.6.4`],
  ['enveloped-signature twice', transform(ENVELOPED) + both, `${SOURCE.dsig} 6.6.4`],
  ['inclusive canonicalization', transform(INCLUSIVE), `${SOURCE.bsp} R5404`],
  [
    'canonicalization 1.1',
    transform('http://www.w3.org/2006/12/xml-c14n11'),
    `${SOURCE.bsp} R5404`,
  ],
  ['canonicalization with comments', transform(`${EXCLUSIVE}WithComments`), `${SOURCE.bsp} R5404`],
  ['none', '', `${SOURCE.bsp} R5411`],
  ['100 canonicalizations', transform(EXCLUSIVE).repeat(100), `${SOURCE.dsigPractice} 5`],
];

export const TRANSFORMS: Attack[] = [
  ...LISTS.map(([name, transforms, source]) =>
    signed({ name: `transform: ${name}`, source, verdict: UNSUPPORTED }, ({ references }) =>
      withAll(references, transforms),
    ),
  ),
  signed(
    {
      name: 'transform: a PrefixList of 10,000',
      source: `${SOURCE.dsigPractice} 5`,
      verdict: 'wsse:InvalidSecurity',
    },
    ({ references }) => {
      const list = Array.from({ length: 10_000 }, (_, index) => `p${index}`).join(' ');
      return withAll(references, transform(EXCLUSIVE, prefixes(list)));
    },
  ),
  signed(
    {
      name: 'inclusive canonicalization of SignedInfo',
      source: `${SOURCE.bsp} R5404`,
      verdict: UNSUPPORTED,
    },
    ({ canonicalization }) => ({ canonicalization: edit(canonicalization, EXCLUSIVE, INCLUSIVE) }),
  ),
  signed(
    {
      name: 'inclusive canonicalization among hostile namespaces',
      source: `${SOURCE.bsp} R5404`,
      verdict: UNSUPPORTED,
    },
    ({ references }, { victim }) => ({
      ...withAll(references, transform(INCLUSIVE)),
      header: `<x xmlns:vol="${victim}" xmlns:e="&lt;volumeId>${victim}&lt;/volumeId>"/>`,
    }),
  ),
  edited(
    {
      name: 'a Signature planted in a Body of transform enveloped-signature',
      source: SOURCE.saml,
      verdict: 'wsse:FailedCheck',
      good: enveloped,
    },
    ({ text }, { victim }) =>
      edit(
        text,
        '<DeleteVolume ',
        `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${evil(victim)}</ds:Signature><DeleteVolume `,
      ),
  ),
  edited(
    {
      name: 'the Signature moved into a Body of transform enveloped-signature',
      source: SOURCE.saml,
      verdict: 'wsse:InvalidSecurity',
      good: enveloped,
    },
    ({ text }) => {
      const [signature = ''] = /<ds:Signature .*<\/ds:Signature>/s.exec(text) ?? [];
      return edit(edit(text, signature, ''), '</soap:Body>', `${signature}</soap:Body>`);
    },
  ),
  edited(
    {
      name: 'an unsigned namespace of a PrefixList, declared otherwise',
      source: 'Exclusive XML Canonicalization 1.0, section 2.1',
      verdict: 'wsse:FailedCheck',
      good: (plan) => {
        const body = edit(plan.body, ' xmlns:soap=', ' xmlns:q="urn:q" xmlns:soap=');
        const [, ...others] = plan.references;
        return {
          body,
          references: [
            { uri: '#Body', form: body, transforms: transform(EXCLUSIVE, prefixes('q')) },
            ...others,
          ],
        };
      },
    },
    ({ text }) => edit(text, 'urn:q', 'urn:e'),
  ),
];

function withAll(references: MessagePlan['references'], transforms: string): Partial<MessagePlan> {
  return { references: references.map((each) => ({ ...each, transforms })) };
}

function enveloped({ references }: MessagePlan): Partial<MessagePlan> {
  return withAll(references, both);
}
