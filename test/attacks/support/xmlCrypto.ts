import type { Identity } from '@vbs-lustre/shared/trust/identity';
import { DOMParser } from '@xmldom/xmldom';
import { ExclusiveCanonicalization, SignedXml } from 'xml-crypto';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

interface Declared {
  prefix: string;
}

/** xml-crypto's own sorts prefixes by locale, where the standard wants code points, and refuses what WSS4J signs. */
class CodePointOrder extends ExclusiveCanonicalization {
  override nsCompare(a: Declared, b: Declared): number {
    return a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0;
  }
}

/**
 * What xml-crypto says of the signature in a message, with the key of the one of these users whose token is in it.
 * @returns `none` if it can't say anything: there is no such token, not one signature, or CDATA
 */
export function verdictOfXmlCrypto(
  text: string,
  users: readonly Identity[],
): 'right' | 'wrong' | 'none' {
  // It reads a SignatureValue or DigestValue only up to there.
  if (text.includes('<![CDATA[')) return 'none';
  try {
    const document = new DOMParser({ errorHandler: () => {} }).parseFromString(text, 'text/xml');
    const signatures = document.getElementsByTagNameNS(DS, 'Signature');
    const tokens = document.getElementsByTagNameNS(WSSE, 'BinarySecurityToken');
    const base64 = tokens[0]?.textContent?.replace(/\s/g, '') ?? '';
    const signer = users.find(
      ({ certificate }) => certificate.x509.raw.toString('base64') === base64,
    );
    if (!signer || signatures.length !== 1 || tokens.length !== 1) return 'none';
    const signedXml = new SignedXml({ publicCert: signer.certificatePem, idMode: 'wssecurity' });
    signedXml.CanonicalizationAlgorithms[EXCLUSIVE] = CodePointOrder as never;
    signedXml.loadSignature(signatures[0] as unknown as Node);
    return signedXml.checkSignature(text) ? 'right' : 'wrong';
  } catch {
    return 'wrong';
  }
}
