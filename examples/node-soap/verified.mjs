/**
 * node-soap signs, but verifies nothing: these two do. It then reads the very characters that the signature covers.
 */
import { X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import { DOMParser } from '@xmldom/xmldom';
import { HttpClient } from 'soap';
import { SignedXml } from 'xml-crypto';

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const OASIS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
const WSSE = `${OASIS}-wssecurity-secext-1.0.xsd`;
const WSU = `${OASIS}-wssecurity-utility-1.0.xsd`;
const WSSE11 = 'http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd';

const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

const CLOCK_SKEW_MS = 60_000;

/** Give one to node-soap: it lets only verified answers through. */
export class VerifyingHttpClient extends HttpClient {
  #authority;
  #signer;
  #httpsAgent;

  /**
   * @param {string} authority certificate (PEM) that vouches for the server and for who signs answers
   * @param {string} signer subject of who may sign them; the authority certifies users as well
   */
  constructor(authority, signer) {
    super();
    this.#authority = new X509Certificate(authority);
    this.#signer = signer;
    this.#httpsAgent = new Agent({ ca: authority, keepAlive: true });
  }

  request(url, data, callback, headers, options) {
    const finish = (error, response, body) => {
      // Without data it is the WSDL that is fetched: https alone vouches for that.
      if (error || !data) return callback(error, response, body);
      let verified;
      try {
        verified = verifiedEnvelope(body, data, this.#authority, this.#signer);
      } catch (cause) {
        return callback(new Error(`The answer is not believed: ${cause.message}`, { cause }));
      }
      callback(null, response, verified);
    };
    return super.request(url, data, finish, headers, { ...options, httpsAgent: this.#httpsAgent });
  }
}

/** An envelope of the signed Body alone. @throws {Error} why this is not to be believed as the answer to `request` */
function verifiedEnvelope(xml, request, authority, subject) {
  // xml-crypto would drop comments, and print the text of processing instructions, before it computes digests.
  if (/<[!?]/.test(xml.replace(/^<\?xml[^>]*\?>/, ''))) throw new Error('it is no plain SOAP');
  const envelope = parse(xml);
  const security = only(only(envelope, SOAP, 'Header'), WSSE, 'Security');
  const signature = only(security, DS, 'Signature');
  const certificate = trusted(only(security, WSSE, 'BinarySecurityToken'), authority, subject);
  const signed = signedParts(xml, signature, certificate);
  const [body, timestamp, confirmation] = [
    only(envelope, SOAP, 'Body'),
    only(security, WSU, 'Timestamp'),
    only(security, WSSE11, 'SignatureConfirmation'),
  ].map((part) => {
    const canonical = signed.get(`#${part.getAttributeNS(WSU, 'Id')}`);
    if (!canonical) throw new Error(`its ${part.localName} is not signed`);
    return canonical;
  });
  checkTime(parse(timestamp));
  const [, sent] = /SignatureValue>([^<]*)</.exec(request);
  if (parse(confirmation).getAttribute('Value') !== sent.replace(/\s/g, '')) {
    throw new Error('it answers another request');
  }
  return `<soap:Envelope xmlns:soap="${SOAP}">${body}</soap:Envelope>`;
}

/** The canonical forms of what is signed, by its URI. xml-crypto refuses Ids that are there twice. */
function signedParts(xml, signature, certificate) {
  const verifier = new SignedXml({
    publicCert: certificate.toString(),
    getCertFromKeyInfo: () => null, // else a key inside the message would count
    idMode: 'wssecurity',
  });
  for (const [kind, name] of [
    ['SignatureAlgorithms', RSA_SHA256],
    ['HashAlgorithms', SHA256],
    ['CanonicalizationAlgorithms', EXCLUSIVE_C14N],
  ]) {
    verifier[kind] = { [name]: verifier[kind][name] };
  }
  verifier.loadSignature(signature);
  if (!verifier.checkSignature(xml)) throw new Error('it was changed after it was signed');
  const references = children(only(signature, DS, 'SignedInfo'), DS, 'Reference');
  const forms = verifier.getSignedReferences(); // in the order of SignedInfo
  return new Map(references.map((each, index) => [each.getAttribute('URI'), forms[index]]));
}

function trusted(token, authority, subject) {
  const certificate = new X509Certificate(Buffer.from(token.textContent, 'base64'));
  const now = Date.now();
  const valid = Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
  // checkIssued only compares names; verify is what asks for the authority's signature.
  if (!valid || !certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) {
    throw new Error('its certificate is not of our authority');
  }
  const name = certificate.subject.split('\n').reverse().join();
  if (name !== subject) throw new Error(`it is signed by ${name}`);
  return certificate;
}

/** An old answer may have been recorded and played back. */
function checkTime(timestamp) {
  const [created, expires] = ['Created', 'Expires'].map((name) =>
    Date.parse(only(timestamp, WSU, name).textContent),
  );
  const now = Date.now();
  if (!(created - CLOCK_SKEW_MS <= now && now <= expires + CLOCK_SKEW_MS)) {
    throw new Error('its Timestamp is not of now');
  }
}

function parse(xml) {
  return new DOMParser().parseFromString(xml, 'text/xml').documentElement;
}

function only(parent, namespace, name) {
  const found = children(parent, namespace, name);
  if (found.length !== 1) throw new Error(`there are ${found.length} ${name}, not one`);
  return found[0];
}

function children(parent, namespace, name) {
  return Array.from(parent.childNodes).filter(
    (each) => each.namespaceURI === namespace && each.localName === name,
  );
}
