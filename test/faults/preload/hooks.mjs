// Puts `meddle` of start.mjs in front of the client transport's `post`.

const TRANSPORT = '/client/dist/transport.js';
const WRAPPED = `
  import { post as real, TransportError } from './transport.js?real';
  export { TransportError };
  export const post = (message) => globalThis.vbsMessageFaults(message, real, TransportError);
`;

export async function load(url, context, nextLoad) {
  if (!url.endsWith(TRANSPORT)) return nextLoad(url, context);
  return { format: 'module', shortCircuit: true, source: WRAPPED };
}
