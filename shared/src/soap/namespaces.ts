/** Namespaces and algorithm names of the standards in use. */
export const NS = {
  /** SOAP 1.1, section 3. */
  soap: 'http://schemas.xmlsoap.org/soap/envelope/',
  /** WS-Security 1.1, section 2.4. */
  wsse: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
  wsu: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd',
  /** WS-Security 1.1, section 2.4: what is new in 1.1. */
  wsse11: 'http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd',
  /** XML Signature 1.1. */
  ds: 'http://www.w3.org/2000/09/xmldsig#',
  /** Our own header. */
  vbs: 'urn:vbs-lustre:request:2026-11',
  xsi: 'http://www.w3.org/2001/XMLSchema-instance',
  xml: 'http://www.w3.org/XML/1998/namespace',
  xmlns: 'http://www.w3.org/2000/xmlns/',
} as const;
