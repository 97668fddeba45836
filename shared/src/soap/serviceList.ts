import { html } from '../html.js';
import type { Endpoint } from './endpoint.js';

/** The page at `/`: the services here, their operations and their WSDLs. */
export function serviceList(endpoints: readonly Endpoint[], publicUrl: string): string {
  const items = endpoints.map(({ path, port }) => {
    const address = publicUrl + path;
    const operations = [...port.operations.keys()].map((name) => html`<li>${name}</li>`);
    return html`<section>
<h2>${port.name}</h2>
<p>Address: <code>${address}</code></p>
<p>WSDL: <a href="${address}?wsdl">${address}?wsdl</a></p>
<ul>${operations}</ul>
</section>
`;
  });
  return html`<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>VBS-Lustre: services</title>
<style>body { font: 1rem/1.5 sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem }</style>
<h1>VBS-Lustre</h1>
<p>SOAP 1.1 over https. Every request is signed (WS-Security, X.509), and so is every answer; the WSDL says how.</p>
${items}</html>
`.text;
}

/** A page without scripts, frames and anything from elsewhere. */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
} as const;
