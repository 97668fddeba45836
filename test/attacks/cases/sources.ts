/** Where the attacks were first described, or are tested elsewhere. */
export const SOURCE = {
  wrapping: 'McIntosh and Austel: XML signature element wrapping attacks (2005)',
  ec2: 'Somorovsky et al.: All your clouds are belong to us (2011), on the SOAP interface of EC2',
  saml: 'Somorovsky et al.: On breaking SAML (2012)',
  rampart: 'Rampart PolicyBasedResultsValidatorTest (RAMPART-428)',
  wss: 'WS-Security 1.1, section',
  x509: 'WS-Security X.509 token profile 1.1, section',
  dsig: 'XML Signature 1.1, section',
  dsigPractice: 'XML Signature Best Practices (W3C, 2013), practice',
  soap: 'SOAP 1.1, section',
  bsp: 'Basic Security Profile 1.1, rule',
  rfc5280: 'RFC 5280, section',
  cxf: 'CXF systests/ws-security:',
  wss4j: 'WSS4J',
  xml: 'XML 1.0, section',
  owasp: 'OWASP XML Security Cheat Sheet:',
} as const;
