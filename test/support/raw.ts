import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { Deployment } from '@vbs-lustre/lab/deployment/deployment';
import { loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { signedEnvelope } from '@vbs-lustre/shared/wssecurity/sign';

export const NAMESPACE = 'urn:vbs-lustre:vbslustre:2026-11';

export interface RawAnswer {
  status: number;
  text: string;
  /** Of the typed detail; empty if there is none. */
  code: string;
  message: string;
  faultcode: string;
}

/** Sends bytes as they are. */
export function send(
  deployment: Deployment,
  text: string,
  { url = deployment.url, headers = {} }: { url?: string; headers?: Record<string, string> } = {},
): Promise<RawAnswer> {
  const agent = new Agent({ ca: readFileSync(`${deployment.layout.pki}/ca.crt`) });
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      agent,
      headers: { 'Content-Type': 'text/xml; charset=utf-8', ...headers },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        answer += chunk;
      });
      response.on('end', () => {
        const part = (name: string) =>
          new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer)?.[1] ?? '';
        resolve({
          status: response.statusCode ?? 0,
          text: answer,
          code: part('code'),
          message: part('message'),
          faultcode: part('faultcode'),
        });
      });
    });
    call.end(text);
  });
}

/** Sends a Body of any content, signed by a user or service of the deployment. */
export async function sendSigned(
  deployment: Deployment,
  signer: string,
  content: string,
  options: { url?: string; headers?: Record<string, string> } = {},
): Promise<RawAnswer> {
  const { pki } = deployment.layout;
  const identity = await loadIdentity(`${pki}/${signer}.crt`, `${pki}/${signer}.key`);
  return send(deployment, signedEnvelope(content, identity, new Date()), options);
}
