import { edit } from '../../../shared/src/testing/message.js';
import { type Attack, edited } from '../support/attack.js';
import { NS } from './messages.js';
import { SOURCE } from './sources.js';

const REFUSED = 'not parsed';
const doctype = (subset: string): string => `<!DOCTYPE soap:Envelope [${subset}]>`;

const LAUGHS = Array.from(
  { length: 9 },
  (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
).join('');

/** Document types, before the message. */
const DOCTYPES: [name: string, subset: string, inText: string][] = [
  ['of an internal entity', '<!ENTITY v "VICTIM">', '&v;'],
  ['that is not used', '<!ENTITY v "VICTIM">', ''],
  ['of billion laughs', `<!ENTITY l0 "lol">${LAUGHS}`, '&l9;'],
  ['of quadratic blow-up', `<!ENTITY l "${'l'.repeat(50_000)}">`, '&l;'.repeat(5_000)],
  ['of an external entity', '<!ENTITY v SYSTEM "TRAP">', '&v;'],
  ['of an external file', '<!ENTITY v SYSTEM "file:///etc/hostname">', '&v;'],
  ['of a parameter entity', '<!ENTITY % p SYSTEM "TRAP"> %p;', ''],
  ['of an attribute that is an ID', '<!ATTLIST x y ID #IMPLIED>', ''],
  ['of a default attribute', '<!ATTLIST volumeId Id CDATA "Body">', ''],
  ['in lower case', '', ''],
];

/** The Header gets this, and is read or not before anything is checked. */
const BULKY: [name: string, content: () => string, source: string][] = [
  [
    '3,000 deep',
    () => '<x>'.repeat(3_000) + '</x>'.repeat(3_000),
    `${SOURCE.owasp} jumbo payloads`,
  ],
  [
    '50,000 deep',
    () => '<x>'.repeat(50_000) + '</x>'.repeat(50_000),
    `${SOURCE.owasp} jumbo payloads`,
  ],
  [
    '50,000 attributes',
    () => `<x ${Array.from({ length: 50_000 }, (_, i) => `a${i}=""`).join(' ')}/>`,
    `${SOURCE.owasp} jumbo payloads`,
  ],
  [
    '20,000 namespaces',
    () => `<x ${Array.from({ length: 20_000 }, (_, i) => `xmlns:a${i}="u"`).join(' ')}/>`,
    `${SOURCE.owasp} jumbo payloads`,
  ],
  ['100,000 elements', () => '<x/>'.repeat(100_000), `${SOURCE.owasp} jumbo payloads`],
];

export const XML: Attack[] = [
  ...DOCTYPES.map(([name, subset, inText]) =>
    edited(
      {
        name: `document type ${name}`,
        source: `${SOURCE.soap} 3; ${SOURCE.owasp} external entities`,
        verdict: REFUSED,
      },
      ({ text }, { victim, trap }) => {
        const start = doctype(subset.replace('VICTIM', victim).replace('TRAP', trap));
        const written = name === 'in lower case' ? start.toLowerCase() : start;
        return written + edit(text, '<volumeId>', `<volumeId>${inText}`);
      },
    ),
  ),
  edited(
    {
      name: 'external document type',
      source: `${SOURCE.owasp} external entities`,
      verdict: REFUSED,
    },
    ({ text }, { trap }) => `<!DOCTYPE e SYSTEM "${trap}">${text}`,
  ),
  edited(
    { name: 'XInclude', source: 'XML Inclusions 1.0', verdict: 'wsse:FailedCheck' },
    ({ text }, { trap }) =>
      edit(
        text,
        '<volumeId>',
        `<volumeId><i:include xmlns:i="http://www.w3.org/2001/XInclude" parse="text" href="${trap}"/>`,
      ),
  ),
  edited(
    {
      name: 'schema location of a trap',
      source: `${SOURCE.owasp} schema poisoning`,
      verdict: 'as signed',
    },
    ({ text }, { trap }) =>
      edit(
        text,
        '<soap:Envelope ',
        `<soap:Envelope xmlns:xsi="${NS.xsi}" xsi:schemaLocation="urn:x ${trap}" `,
      ),
  ),
  edited(
    { name: 'style sheet', source: `${SOURCE.soap} 3`, verdict: REFUSED },
    ({ text }, { trap }) => `<?xml-stylesheet href="${trap}"?>${text}`,
  ),
  edited(
    {
      name: 'comment in a volume id',
      source: 'CVE-2017-11427 to 11430 (Duo: SAML text split by comments)',
      verdict: REFUSED,
    },
    ({ text, volumeId }) =>
      edit(text, `${volumeId}<`, `${volumeId.slice(0, 9)}<!-- -->${volumeId.slice(9)}<`),
  ),
  edited(
    { name: 'comment before the Envelope', source: 'CVE-2017-11427', verdict: REFUSED },
    ({ text }) => `<!-- -->${text}`,
  ),
  edited(
    { name: 'processing instruction in a volume id', source: `${SOURCE.soap} 3`, verdict: REFUSED },
    ({ text, volumeId }) => edit(text, `${volumeId}<`, `<?p vol-?>${volumeId.slice(4)}<`),
  ),
  edited(
    {
      name: 'CDATA that adds to a volume id',
      source: 'CVE-2017-11427',
      verdict: 'wsse:FailedCheck',
    },
    ({ text, volumeId }) => edit(text, `${volumeId}<`, `${volumeId}<![CDATA[ ]]><`),
  ),
  edited(
    { name: 'CDATA that quotes a comment', source: 'CVE-2017-11427', verdict: REFUSED },
    ({ text, volumeId }) => edit(text, `${volumeId}<`, `${volumeId}<![CDATA[<!-- -->]]><`),
  ),
  edited(
    { name: 'volume id split by CDATA', source: `${SOURCE.xml} 2.7`, verdict: 'as signed' },
    ({ text, volumeId }) =>
      edit(text, `${volumeId}<`, `${volumeId.slice(0, 9)}<![CDATA[${volumeId.slice(9)}]]><`),
  ),
  edited(
    {
      name: 'volume id in character references',
      source: `${SOURCE.xml} 4.1`,
      verdict: 'as signed',
    },
    ({ text, volumeId }) => edit(text, `${volumeId}<`, `&#x76;&#111;${volumeId.slice(2)}<`),
  ),
  ...BULKY.map(([name, content, source]) =>
    edited({ name: `header of ${name}`, source, verdict: REFUSED }, ({ text }) =>
      edit(text, '<soap:Header>', `<soap:Header>${content()}`),
    ),
  ),
  edited(
    { name: 'Body of 50,000 levels', source: `${SOURCE.owasp} jumbo payloads`, verdict: REFUSED },
    ({ text }) =>
      edit(text, '<volumeId>', `${'<x>'.repeat(50_000)}${'</x>'.repeat(50_000)}<volumeId>`),
  ),
  edited(
    {
      name: 'Id of 400,000 characters',
      source: `${SOURCE.owasp} jumbo payloads`,
      verdict: 'wsse:FailedCheck',
    },
    ({ text }) => edit(text, 'wsu:Id="Body"', `wsu:Id="${'B'.repeat(400_000)}"`),
  ),
  edited(
    {
      name: 'Reference to an Id of 400,000 characters',
      source: `${SOURCE.owasp} jumbo payloads`,
      verdict: 'wsse:FailedCheck',
    },
    ({ text }) => edit(text, '"#Body"', `"#${'B'.repeat(400_000)}"`),
  ),
  edited(
    {
      name: 'element name of 400,000 characters',
      source: `${SOURCE.owasp} jumbo payloads`,
      verdict: 'wsse:FailedCheck',
    },
    ({ text }) => text.replaceAll('volumeId', 'v'.repeat(200_000)),
  ),
  ...(
    [
      ['NUL byte', '\0'],
      ['reference to NUL', '&#0;'],
      ['control character', '\x08'],
      ['lone surrogate by reference', '&#xD800;'],
      ['unknown entity', '&nbsp;'],
    ] as const
  ).map(([name, character]) =>
    edited(
      { name: `${name} in a volume id`, source: `${SOURCE.xml} 2.2`, verdict: REFUSED },
      ({ text }) => edit(text, '</volumeId>', `${character}</volumeId>`),
    ),
  ),
  ...(
    [
      ['second root', (text: string) => `${text}<x/>`],
      ['text after the root', (text: string) => `${text}x`],
      ['truncated message', (text: string) => text.slice(0, -20)],
      ['nothing but space', () => ' '],
      ['JSON', () => '{"DeleteVolume":{}}'],
      ['XML 1.1', (text: string) => `<?xml version="1.1"?>${text}`],
      [
        'declaration of ISO-8859-1',
        (text: string) => `<?xml version="1.0" encoding="ISO-8859-1"?>${text}`,
      ],
      ['declaration of UTF-16', (text: string) => `<?xml version="1.0" encoding="UTF-16"?>${text}`],
      [
        'attribute twice',
        (text: string) => edit(text, 'wsu:Id="Body"', 'wsu:Id="Body" wsu:Id="Body"'),
      ],
      [
        'attribute twice by two prefixes',
        (text: string) =>
          edit(text, 'wsu:Id="Body"', `xmlns:w="${NS.wsu}" wsu:Id="Body" w:Id="Body"`),
      ],
      ['undeclared prefix', (text: string) => edit(text, '<volumeId>', '<volumeId e:a="">')],
      [
        'reserved attribute name',
        (text: string) => edit(text, '<volumeId>', '<volumeId xmlnsfoo="">'),
      ],
      [
        'prefix xml bound anew',
        (text: string) => edit(text, '<soap:Envelope ', '<soap:Envelope xmlns:xml="urn:e" '),
      ],
    ] as const
  ).map(([name, change]) =>
    edited({ name, source: 'XML 1.0 and Namespaces in XML 1.0', verdict: REFUSED }, ({ text }) =>
      change(text),
    ),
  ),
];
