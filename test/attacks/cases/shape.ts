import { edit, tokenOf } from '../../../shared/src/testing/message.js';
import { type Attack, edited, signedInfo } from '../support/attack.js';
import { evil, HEADER, NS, SECURITY, SIGNATURE, SIGNED_INFO } from './messages.js';
import { SOURCE } from './sources.js';

const INVALID = 'wsse:InvalidSecurity';
const FAILED = 'wsse:FailedCheck';

/** Things that are missing, changed, or there twice. */
export const SHAPE: Attack[] = [
  edited(
    {
      name: 'unsigned message, without a Header',
      source: `${SOURCE.wss4j} SignatureTest`,
      verdict: INVALID,
    },
    ({ text }) => edit(text, HEADER, ''),
  ),
  edited(
    { name: 'empty Header', source: `${SOURCE.wss4j} SignatureTest`, verdict: INVALID },
    ({ text }) => edit(text, HEADER, '<soap:Header/>'),
  ),
  edited({ name: 'no Security header', source: `${SOURCE.wss} 5`, verdict: INVALID }, ({ text }) =>
    edit(text, SECURITY, '<x/>'),
  ),
  edited({ name: 'no Signature', source: `${SOURCE.wss} 8`, verdict: INVALID }, ({ text }) =>
    edit(text, SIGNATURE, ''),
  ),
  edited(
    { name: 'no token', source: `${SOURCE.wss4j} FaultCodeTest`, verdict: INVALID },
    ({ text, plan }) => edit(text, plan.token, ''),
  ),
  edited(
    {
      name: 'a UsernameToken instead of a Signature',
      source: `${SOURCE.wss} 6.2`,
      verdict: INVALID,
    },
    ({ text }) =>
      edit(
        text,
        SIGNATURE,
        '<wsse:UsernameToken><wsse:Username>alice</wsse:Username></wsse:UsernameToken>',
      ),
  ),
  edited(
    {
      name: 'two Security headers, the first one empty',
      source: `${SOURCE.wss} 5`,
      verdict: INVALID,
    },
    ({ text }) =>
      edit(text, '<soap:Header>', `<soap:Header><wsse:Security xmlns:wsse="${NS.wsse}"/>`),
  ),
  edited(
    {
      name: 'two Security headers, the last one empty',
      source: `${SOURCE.wss} 5`,
      verdict: INVALID,
    },
    ({ text }) =>
      edit(text, '</soap:Header>', `<wsse:Security xmlns:wsse="${NS.wsse}"/></soap:Header>`),
  ),
  edited(
    { name: 'two Security headers of two actors', source: `${SOURCE.wss} 5`, verdict: INVALID },
    ({ text }) =>
      edit(
        text,
        '<soap:Header>',
        `<soap:Header><wsse:Security xmlns:wsse="${NS.wsse}" soap:actor="urn:a"/>`,
      ),
  ),
  edited({ name: 'two Signatures', source: `${SOURCE.saml}`, verdict: INVALID }, ({ text }) =>
    text.replace(SIGNATURE, (signature) => signature + signature),
  ),
  edited(
    {
      name: 'two Signatures, the first one of a stranger',
      source: `${SOURCE.saml}`,
      verdict: INVALID,
    },
    ({ text }, { certifier }) =>
      text.replace(SIGNATURE, (signature) => {
        const { raw } = certifier.selfSigned().certificate.x509;
        return (
          tokenOf(raw.toString('base64'), 'Other') +
          signature.replace('#Token', '#Other') +
          signature
        );
      }),
  ),
  edited(
    { name: 'two SignedInfo', source: 'CVE-2025-29774 (xml-crypto)', verdict: INVALID },
    ({ text }) => text.replace(SIGNED_INFO, (info) => info + info),
  ),
  edited(
    {
      name: 'two SignedInfo, the first one evil',
      source: 'CVE-2025-29774 (xml-crypto)',
      verdict: INVALID,
    },
    ({ text }) =>
      text.replace(
        SIGNED_INFO,
        (info) => info.replace(/(?<=<ds:DigestValue>)[^<]{4}/, 'AAAA') + info,
      ),
  ),
  edited(
    {
      name: 'SignedInfo in an Object, an evil one in its place',
      source: 'CVE-2025-29774 (xml-crypto)',
      verdict: INVALID,
    },
    ({ text }) =>
      text
        .replace(SIGNED_INFO, (info) => info.replace(/(?<=<ds:DigestValue>)[^<]{4}/, 'AAAA'))
        .replace(
          '</ds:Signature>',
          `<ds:Object>${SIGNED_INFO.exec(text)?.[0]}</ds:Object></ds:Signature>`,
        ),
  ),
  edited(
    {
      name: 'comment in DigestValue',
      source: 'CVE-2025-29775 (xml-crypto)',
      verdict: 'not parsed',
    },
    ({ text }) => text.replace('<ds:DigestValue>', '<ds:DigestValue><!--AAAA-->'),
  ),
  edited(
    { name: 'element in DigestValue', source: 'CVE-2025-29775 (xml-crypto)', verdict: INVALID },
    ({ text }) => text.replace('<ds:DigestValue>', '<ds:DigestValue><x>AAAA</x>'),
  ),
  edited(
    { name: 'empty SignatureValue', source: `${SOURCE.dsig} 4.3`, verdict: INVALID },
    ({ text }) => edit(text, /(?<=<ds:SignatureValue>)[^<]+/, ''),
  ),
  edited(
    { name: 'truncated SignatureValue', source: `${SOURCE.dsig} 4.3`, verdict: FAILED },
    ({ text }) => edit(text, /[^<]{40}(?=<\/ds:SignatureValue>)/, ''),
  ),
  edited(
    { name: 'SignatureValue of zeros', source: 'CVE-2022-21449 (Java ECDSA)', verdict: FAILED },
    ({ text }) => edit(text, /(?<=<ds:SignatureValue>)[^<]+/, Buffer.alloc(256).toString('base64')),
  ),
  edited(
    { name: 'SignatureValue that is not base64', source: `${SOURCE.dsig} 4.3`, verdict: INVALID },
    ({ text }) => edit(text, '<ds:SignatureValue>', '<ds:SignatureValue>!'),
  ),
  edited(
    {
      name: 'changed text in the Body',
      source: `${SOURCE.wss4j} ModifiedRequestTest`,
      verdict: FAILED,
    },
    ({ text, volumeId }, { victim }) => edit(text, volumeId, victim),
  ),
  edited(
    {
      name: 'changed element in the Body',
      source: `${SOURCE.wss4j} ModifiedRequestTest`,
      verdict: FAILED,
    },
    ({ text }) => text.replaceAll('DeleteVolume', 'DescribeVolume'),
  ),
  edited(
    {
      name: 'changed namespace in the Body',
      source: `${SOURCE.wss4j} ModifiedRequestTest`,
      verdict: FAILED,
    },
    ({ text }) => edit(text, 'xmlns="urn:vbs-lustre:vbslustre:2026-11"', 'xmlns="urn:e"'),
  ),
  edited(
    { name: 'evil operation after the signed one', source: SOURCE.ec2, verdict: FAILED },
    ({ text }, { victim }) => edit(text, '</soap:Body>', `${evil(victim)}</soap:Body>`),
  ),
  edited(
    { name: 'evil operation before the signed one', source: SOURCE.ec2, verdict: FAILED },
    ({ text, plan }, { victim }) =>
      edit(text, plan.body, plan.body.replace('<DeleteVolume', `${evil(victim)}<DeleteVolume`)),
  ),
  edited(
    { name: 'evil parameter beside the signed one', source: SOURCE.ec2, verdict: FAILED },
    ({ text }, { victim }) => edit(text, '<volumeId>', `<volumeId>${victim}</volumeId><volumeId>`),
  ),
  edited(
    {
      name: 'attribute added to the operation',
      source: `${SOURCE.wss4j} ModifiedRequestTest`,
      verdict: FAILED,
    },
    ({ text }) => edit(text, '<volumeId>', '<volumeId a="b">'),
  ),
  edited(
    {
      name: 'white space added to the Body',
      source: `${SOURCE.wss4j} ModifiedRequestTest`,
      verdict: FAILED,
    },
    ({ text }) => edit(text, '</DeleteVolume>', ' </DeleteVolume>'),
  ),
  signedInfo(
    { name: 'Manifest in SignedInfo', source: `${SOURCE.dsig} 5.1`, verdict: INVALID },
    '</ds:SignedInfo>',
    '<ds:Manifest></ds:Manifest></ds:SignedInfo>',
  ),
  edited(
    {
      name: 'header that must be understood',
      source: `${SOURCE.soap} 4.2.3`,
      verdict: 'soap:MustUnderstand',
    },
    ({ text }) => edit(text, '<soap:Header>', '<soap:Header><x soap:mustUnderstand="1"/>'),
  ),
  edited(
    { name: 'SOAP 1.2 envelope', source: `${SOURCE.soap} 4.1.2`, verdict: INVALID },
    ({ text }) => text.replaceAll(NS.soap, NS.soap12),
  ),
  edited(
    {
      name: 'unsigned namespace on the Envelope',
      source: 'Exclusive XML Canonicalization 1.0, section 2',
      verdict: 'as signed',
    },
    ({ text }) => edit(text, '<soap:Envelope ', '<soap:Envelope xmlns:e="urn:e" xmlns="urn:e" '),
  ),
  edited(
    {
      name: 'unsigned header that names another action',
      source: 'WS-Addressing 1.0 SOAP Binding, section 4',
      verdict: 'as signed',
    },
    ({ text }) =>
      edit(
        text,
        '<soap:Header>',
        '<soap:Header><a:Action xmlns:a="http://www.w3.org/2005/08/addressing">urn:e</a:Action>',
      ),
  ),
];
