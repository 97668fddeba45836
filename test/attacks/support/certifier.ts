import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Identity } from '@vbs-lustre/shared/trust/identity';
import forge from 'node-forge';
import {
  type Issued,
  identityOf,
  type Keys,
  makeCertificate,
  rsaKeys,
  USAGE,
} from '../../../shared/src/testing/certificates.js';
import { ATTRIBUTE, nameOf } from '../../../shared/src/testing/der.js';

type Request = Partial<Parameters<typeof makeCertificate>[0]>;

/** The authority of a deployment, which here certifies whatever it is asked to. */
export class Certifier {
  readonly authority: Issued;
  /** Of strangers: who has them does not matter, and making them takes long. */
  readonly keys: Keys = rsaKeys();

  constructor(pki: string) {
    const pem = readFileSync(`${pki}/ca.crt`, 'utf8');
    const privateKey = createPrivateKey(readFileSync(`${pki}/ca.key`));
    this.authority = issuerOf(pem, privateKey);
  }

  /** A certificate for alice's name, right in all that is not asked for otherwise. */
  issue(request: Request = {}): Issued {
    return makeCertificate({
      name: userName('alice'),
      issuer: this.authority,
      keys: this.keys,
      usage: USAGE.digitalSignature,
      ...request,
    });
  }

  identity(request: Request = {}): Identity {
    return identityOf(this.issue(request));
  }

  /** Of nobody. */
  selfSigned(commonName = 'alice'): Identity {
    return identityOf(makeCertificate({ name: userName(commonName), keys: this.keys }));
  }

  /** One more authority of the same name, with a key of its own. */
  impostor(): Issued {
    const { name } = this.authority;
    return makeCertificate({
      name,
      keys: this.keys,
      isAuthority: true,
      usage: USAGE.keyCertSign,
    });
  }
}

/** The name that the deployment gives its users. */
export function userName(commonName: string): Buffer {
  return nameOf(
    [[ATTRIBUTE.O, 'VBS-Lustre']],
    [[ATTRIBUTE.OU, 'users']],
    [[ATTRIBUTE.CN, commonName]],
  );
}

/** What is needed to issue certificates in somebody's name. */
export function issuerOf(pem: string, privateKey: KeyObject): Issued {
  const { raw, publicKey } = new X509Certificate(pem);
  return { der: raw, pem, keys: { privateKey, publicKey }, name: nameIn(raw) };
}

/** The subject as it stands in a certificate (RFC 5280, 4.1): an issuer's name must be the very same. */
function nameIn(der: Buffer): Buffer {
  const parts = ({ value }: forge.asn1.Asn1) => value as [forge.asn1.Asn1, ...forge.asn1.Asn1[]];
  const [tbs] = parts(forge.asn1.fromDer(der.toString('latin1')));
  const subject = parts(tbs)[5];
  if (!subject) throw new Error('the certificate has no subject');
  return Buffer.from(forge.asn1.toDer(subject).getBytes(), 'latin1');
}
