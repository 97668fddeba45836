import { DOMParser } from '@xmldom/xmldom';
import { SignedXml } from 'xml-crypto';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/** Verifies a message with xml-crypto, as its README shows. */
export function verifyNaively(message: string, certificatePem: string): boolean {
  const document = new DOMParser().parseFromString(message, 'text/xml');
  const [signature] = Array.from(document.getElementsByTagNameNS(DS, 'Signature'));
  const signedXml = new SignedXml({ publicCert: certificatePem, idMode: 'wssecurity' });
  signedXml.loadSignature(signature as unknown as Node);
  return signedXml.checkSignature(message);
}

/** Signs Body and Timestamp of a message with xml-crypto, as its README shows. */
export function signNaively(message: string, privateKeyPem: string): string {
  const signedXml = new SignedXml({
    privateKey: privateKeyPem,
    idMode: 'wssecurity',
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
  });
  for (const name of ['Body', 'Timestamp']) {
    signedXml.addReference({
      xpath: `//*[local-name(.)='${name}']`,
      transforms: [EXCLUSIVE_C14N],
      digestAlgorithm: SHA256,
    });
  }
  signedXml.computeSignature(message, {
    location: { reference: "//*[local-name(.)='Security']", action: 'append' },
  });
  return signedXml.getSignedXml();
}
