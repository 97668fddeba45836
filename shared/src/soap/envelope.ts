import { ServiceFault } from '../faults.js';
import type { SecurityFaultCode } from '../wssecurity/failure.js';
import { isNamed, textOf, type XmlElement } from '../xml/node.js';
import { escapeText } from './encode.js';
import { NS } from './namespaces.js';

/** The one element in a Body. */
export function contentOf(body: XmlElement): XmlElement {
  const [content, ...rest] = body.children;
  if (!content || rest.length > 0) {
    throw new ServiceFault('InvalidAction', 'The Body must hold exactly one operation.');
  }
  return content;
}

/**
 * A SOAP 1.1 Fault (section 4.4) with the contract's typed detail, as canonical XML.
 * @param securityCode the standard's own fault code, where the message failed WS-Security
 */
export function faultContent(
  namespace: string,
  fault: ServiceFault,
  requestId: string,
  securityCode?: SecurityFaultCode,
): string {
  return (
    `<soap:Fault><faultcode>${securityCode ?? `soap:${fault.side}`}</faultcode>` +
    `<faultstring>${escapeText(fault.message)}</faultstring>` +
    `<detail><ServiceFault xmlns="${namespace}"><code>${fault.code}</code>` +
    `<message>${escapeText(fault.message)}</message>` +
    `<requestId>${requestId}</requestId></ServiceFault></detail></soap:Fault>`
  );
}

/** The texts of a Fault's detail, or undefined if the element is no Fault. */
export function readFault(
  content: XmlElement,
): { code: string; message: string; requestId: string } | undefined {
  if (!isNamed(content, NS.soap, 'Fault')) return undefined;
  const texts = new Map<string, string>();
  const visit = (element: XmlElement): void => {
    texts.set(element.localName, textOf(element));
    for (const child of element.children) visit(child);
  };
  visit(content);
  return {
    code: texts.get('code') ?? '',
    message: texts.get('message') ?? texts.get('faultstring') ?? '',
    requestId: texts.get('requestId') ?? '',
  };
}
