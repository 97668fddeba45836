import { edit } from '../../../shared/src/testing/message.js';

export const REPLAY = 'WSS4J ReplayTest';
const C14N = 'Canonical XML 1.0, section 1.1';

/** Ways to write the same signed message once more. */
export const FORMS: [name: string, source: string, change: (text: string) => string][] = [
  ['replayed as it is', REPLAY, (text) => text],
  ['replayed with line breaks in SignatureValue', REPLAY, (text) => inValue(text, broken)],
  [
    'replayed with spaces around SignatureValue',
    REPLAY,
    (text) => inValue(text, (value) => ` \t\n${value} `),
  ],
  [
    'replayed with line breaks in the token',
    REPLAY,
    (text) => text.replace(/(?<=wsu:Id="Token">)[^<]+/, broken),
  ],
  [
    'replayed with white space in the Header',
    REPLAY,
    (text) => edit(text, '<soap:Header>', '<soap:Header>\n  '),
  ],
  [
    'replayed with white space in Security',
    REPLAY,
    (text) => edit(text, '<ds:Signature ', '\n<ds:Signature '),
  ],
  [
    'replayed with an unsigned header',
    REPLAY,
    (text) => edit(text, '<soap:Header>', '<soap:Header><x/>'),
  ],
  ['replayed with its parts in another order', REPLAY, reordered],
  ['replayed with another SOAPAction', REPLAY, (text) => text],
  [
    'replayed with other bytes of SignedInfo',
    C14N,
    (text) => edit(text, '<ds:SignedInfo ', '<ds:SignedInfo\n xmlns:q="urn:q" '),
  ],
  [
    'replayed with character references in the Body',
    C14N,
    (text) => edit(text, '<volumeId>v', '<volumeId>&#118;'),
  ],
  [
    'replayed with another prefix beside the signed parts',
    C14N,
    (text) => edit(text, '<soap:Envelope ', '<soap:Envelope xmlns:q="urn:q" '),
  ],
];

export function inValue(text: string, change: (value: string) => string): string {
  return text.replace(/(?<=<ds:SignatureValue>)[^<]+/, change);
}

function broken(base64: string): string {
  return base64.replace(/.{64}/g, '$&\r\n');
}

function reordered(text: string): string {
  const [token = ''] = /<wsse:BinarySecurityToken .*<\/wsse:BinarySecurityToken>/.exec(text) ?? [];
  return edit(edit(text, token, ''), '</wsse:Security>', `${token}</wsse:Security>`);
}
