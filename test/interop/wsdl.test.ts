import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childrenNamed, type XmlElement } from '@vbs-lustre/shared/xml/node';
import { parseXml } from '@vbs-lustre/shared/xml/parse';
import { WSDL } from '@vbs-lustre/wsdl';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute, requirePackages } from '../support/programs.js';
import { remove } from '../support/testbed.js';

const NS = {
  wsdl: 'http://schemas.xmlsoap.org/wsdl/',
  wsp: 'http://www.w3.org/ns/ws-policy',
};

/** What the service demands of a request, and does to an answer. */
const POLICY = `
Policy wsu:Id=X509SignedOverHttps
  ExactlyOne
    All
      AsymmetricBinding
        Policy
          InitiatorToken
            Policy
              X509Token sp:IncludeToken=http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702/IncludeToken/AlwaysToRecipient
                Policy
                  WssX509V3Token10
          RecipientToken
            Policy
              X509Token sp:IncludeToken=http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702/IncludeToken/AlwaysToInitiator
                Policy
                  WssX509V3Token10
          AlgorithmSuite signatureAlgorithm=SHA256withRSA
            Policy
              Basic256Sha256
          Layout
            Policy
              Lax
          IncludeTimestamp
          OnlySignEntireHeadersAndBody
      Wss11
        Policy
          RequireSignatureConfirmation
      SignedParts
        Body`.trimStart();

const PACKAGES = [
  'gsoap',
  'jaxws',
  'openjdk-17-jdk-headless',
  'php-cli',
  'php-soap',
  'python3-zeep',
];

/** Programs of others that read a WSDL; `%` stands for the file, `@` for a folder to write to. */
const READERS = {
  zeep: ['/usr/bin/python3', '-m', 'zeep', '%'],
  wsdl2h: ['wsdl2h', '-o', '@/service.h', '%'],
  wsimport: ['wsimport', '-quiet', '-Xnocompile', '-d', '@', '%'],
  PHP: ['php', '-r', 'ini_set("soap.wsdl_cache_enabled", 0); new SoapClient($argv[1]);', '%'],
};

let folder: string;

beforeAll(async () => {
  requirePackages(PACKAGES);
  folder = await mkdtemp(join(tmpdir(), 'vbs-wsdl-'));
});

afterAll(() => remove(folder));

describe.each(Object.entries(WSDL))('the WSDL %s', (_, url) => {
  // Our parser takes no comments.
  const text = readFileSync(url, 'utf8').replace(/<!--.*?-->/gs, '');
  const definitions = parseXml(text);

  it('has one policy, which says what the service demands and does', () => {
    const policies = childrenNamed(definitions, NS.wsp, 'Policy');
    expect(policies.map((each) => outline(each))).toEqual([POLICY]);
    expect(text.match(/<wsp:Policy /g)).toHaveLength(1);
  });

  it('puts every endpoint under it', () => {
    const bindings = childrenNamed(definitions, NS.wsdl, 'binding');
    expect(bindings).not.toEqual([]);
    for (const binding of bindings) {
      expect(outline(binding.children[0] as XmlElement)).toBe(
        'PolicyReference URI=#X509SignedOverHttps',
      );
    }
    expect(text.match(/PolicyReference/g)).toHaveLength(bindings.length);
  });

  it.each(Object.entries(READERS))('is understood by %s', async (__, command) => {
    const [program = '', ...args] = command.map((each) =>
      each.replace('%', fileURLToPath(url)).replace('@', folder),
    );
    const { exitCode, stdout, stderr } = await execute(program, args, {});
    expect(stdout + stderr).not.toMatch(/\berror\b|unknown|unresolved/i);
    expect(exitCode, stderr).toBe(0);
  });
});

/** Names and attributes, indented. */
function outline(element: XmlElement, indent = ''): string {
  const attributes = element.attributes
    .filter(({ prefix }) => prefix !== 'xmlns')
    .map(({ name, value }) => ` ${name}=${value}`);
  const inside = element.children.map((each) => `\n${outline(each, `${indent}  `)}`);
  return indent + element.localName + attributes.join('') + inside.join('');
}
