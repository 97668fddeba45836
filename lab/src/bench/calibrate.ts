// What the machine can do on one core: the floor of a signed call, and xml-crypto as its README shows it. A process of
// its own, so that it runs on the service's core. Prints a Calibration as JSON.
import { sign, verify } from 'node:crypto';
import { loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { signedEnvelope } from '@vbs-lustre/shared/wssecurity/sign';
import { microseconds } from './clock.js';
import { signNaively, verifyNaively } from './naive.js';

/** Microseconds of each step. */
export interface Calibration {
  /** RSA-2048 with SHA-256 by node:crypto, the key already read. */
  verify: number;
  sign: number;
  naiveVerify: number;
  naiveSign: number;
}

const DURATION_MS = 800;
/** What SignedInfo is long. */
const SIGNED_BYTES = 1_000;

const [certificateFile, keyFile, content] = process.argv.slice(2) as [string, string, string];
const identity = await loadIdentity(certificateFile, keyFile);
const { certificatePem, privateKeyPem, privateKey } = identity;
const { publicKey } = identity.certificate;
const data = Buffer.alloc(SIGNED_BYTES, 'x');
const signature = sign('sha256', data, privateKey);
const message = signedEnvelope(content, identity, new Date());
const unsigned = message.replace(/<ds:Signature .*<\/ds:Signature>/s, '');

if (!verifyNaively(signNaively(unsigned, privateKeyPem), certificatePem)) {
  throw new Error('xml-crypto does not believe itself');
}
const calibration: Calibration = {
  verify: microseconds(() => verify('sha256', data, publicKey, signature), DURATION_MS),
  sign: microseconds(() => sign('sha256', data, privateKey), DURATION_MS),
  naiveVerify: microseconds(() => verifyNaively(message, certificatePem), DURATION_MS),
  naiveSign: microseconds(() => signNaively(unsigned, privateKeyPem), DURATION_MS),
};
console.log(JSON.stringify(calibration));
