import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { ServiceFault } from '../faults.js';
import { newId } from '../ids.js';
import { identityOf, issueUser, makeAuthority, makeCertificate } from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import { edit } from '../testing/message.js';
import { CONTRACT_FILE, frontEnd, NAMESPACE } from '../testing/service.js';
import { quietLog, trustOf } from '../testing/trust.js';
import { MemoryReplayCache } from '../wssecurity/replay.js';
import { signedEnvelope, signRequest } from '../wssecurity/sign.js';
import { verifyMessage } from '../wssecurity/verify.js';
import { textOf, type XmlElement } from '../xml/node.js';
import { parseXml } from '../xml/parse.js';
import { loadContract } from './contract.js';
import type { Endpoint } from './endpoint.js';
import { contentOf } from './envelope.js';
import { answer, type Security } from './pipeline.js';

const authority = makeAuthority();
const alice = issueUser(authority, 'alice');
const banned = issueUser(authority, 'banned');
const stranger = identityOf(makeCertificate({ name: labName('alice') }));
const service = identityOf(makeCertificate({ name: labName('service') }));
const { log, lines } = quietLog();
const done: { operation: string; request: object; userId: string }[] = [];
let endpoint: Endpoint;
let security: Security;

beforeAll(async () => {
  const record =
    (operation: string) =>
    async (request: object, { userId }: { userId: string }) => {
      done.push({ operation, request, userId });
      return { return: true, snapshotSet: { item: [] } };
    };
  endpoint = frontEnd(await loadContract(CONTRACT_FILE), {
    DeleteVolume: record('DeleteVolume'),
    DescribeSnapshots: record('DescribeSnapshots'),
    DescribeVolume: async () => {
      throw new ServiceFault('InvalidVolume.NotFound', 'vol-1 <does> not exist');
    },
    DescribeVolumes: async () => {
      throw new Error('SELECT failed at /var/lib/vbs/vbs.sqlite');
    },
  });
  security = {
    identity: service,
    trust: await trustOf(authority.pem),
    replay: new MemoryReplayCache(),
  };
});

/** Later than the replay cache, as far as a clock of milliseconds can tell. */
const now = () => new Date(Date.now() + 1);
const DELETE = '<volumeId>vol-1</volumeId>';
const content = (operation: string, parameters = '') =>
  `<${operation} xmlns="${NAMESPACE}">${parameters}</${operation}>`;
const signed = (text: string, identity = alice) => signedEnvelope(text, identity, now());
const send = (text: string, action?: string) => answer(endpoint, security, { text, action }, log);

/** The texts in the answer's Body by element name; the answer must be signed by the service. */
async function textsIn(answered: { text: string }): Promise<Record<string, string>> {
  const trust = await trustOf(service.certificatePem);
  const { body } = verifyMessage(parseXml(answered.text), trust, now());
  const texts: Record<string, string> = {};
  const visit = (element: XmlElement): void => {
    texts[element.localName] = textOf(element);
    element.children.forEach(visit);
  };
  visit(contentOf(parseXml(body)));
  return texts;
}

it('executes what is signed, as who has signed it, and signs the answer', async () => {
  done.length = 0;
  const answered = await send(signed(content('DeleteVolume', DELETE)));
  expect(answered.status).toBe(200);
  expect(await textsIn(answered)).toMatchObject({
    return: 'true',
    requestId: expect.stringMatching(/^req-[0-9a-f]{17}$/),
  });
  expect(done).toEqual([
    { operation: 'DeleteVolume', request: { volumeId: 'vol-1' }, userId: 'CN=alice,O=Lab' },
  ]);
});

describe('the id of the request that a message is part of', () => {
  const requestId = newId('req');
  const logged = async (changes: Partial<Endpoint>, operation: string, identity = alice) => {
    lines.length = 0;
    const handler = async () => {
      await delay(1);
      log.info('at work');
      if (operation === 'DeleteSnapshot') throw new ServiceFault('VolumeInUse', 'no');
      return { return: true };
    };
    const changed = { ...endpoint, handlers: { [operation]: handler }, ...changes };
    const text = content(
      operation,
      DELETE.replace('vol-1', 'snap-1').replaceAll('volume', 'snapshot'),
    );
    const message = signRequest(text, identity, now(), requestId).text;
    const answered = await answer(changed, security, { text: message, action: '' }, log);
    const ids = lines.map((line) => JSON.parse(line).requestId);
    return { ids, told: (await textsIn(answered)).requestId };
  };

  it.each(['DeleteSnapshot', 'DescribeSnapshot'])(
    'is taken over from a service, in each line of the log and in the answer: %s',
    async (operation) => {
      const { ids, told } = await logged({ continuesRequests: true }, operation);
      expect(ids).toEqual([requestId, requestId]);
      expect(told).toBe(requestId);
    },
  );

  it('is not taken over from a user', async () => {
    const { ids, told } = await logged({}, 'DeleteSnapshot');
    expect(ids).toEqual([told, told]);
    expect(told).not.toBe(requestId);
  });

  it('is not taken over from who has no business here', async () => {
    const { ids, told } = await logged({ continuesRequests: true }, 'DeleteSnapshot', banned);
    expect(ids).toEqual([told]);
    expect(told).not.toBe(requestId);
  });
});

it('tells what was asked for, and how it ended', async () => {
  const ended = async (text: string) => {
    const { operation, code } = await send(text);
    return [operation, code];
  };
  expect(await ended(signed(content('DescribeVolume', DELETE)))).toEqual([
    'DescribeVolume',
    'InvalidVolume.NotFound',
  ]);
  expect(await ended(signed(content('DeleteVolume', DELETE)))).toEqual(['DeleteVolume', 'OK']);
  expect(await ended(signed(content('Invented')))).toEqual([undefined, 'InvalidAction']);
  expect(await ended('hello')).toEqual([undefined, 'AuthFailure']);
});

describe('an answer confirms the signature of its request', () => {
  const confirmedBy = async (text: string, isOneTooMany = false): Promise<string | undefined> => {
    const answered = await answer(endpoint, security, { text, action: '', isOneTooMany }, log);
    const trust = await trustOf(service.certificatePem);
    return verifyMessage(parseXml(answered.text), trust, now()).confirms;
  };
  const signatureIn = (text: string): string =>
    /<ds:SignatureValue>([^<]*)/.exec(text)?.[1] ?? 'there is none';

  it.each([
    ['done', () => signed(content('DeleteVolume', DELETE))],
    ['refused', () => signed(content('DescribeVolume', DELETE))],
    ['not authenticated', () => signed(content('DeleteVolume', DELETE), stranger)],
    ['changed', () => edit(signed(content('DeleteVolume', DELETE)), 'vol-1', 'vol-2')],
  ])('that is %s', async (_, make) => {
    const text = make();
    expect(await confirmedBy(text)).toBe(signatureIn(text));
  });

  it('that is one too many', async () => {
    const text = signed(content('DeleteVolume', DELETE));
    expect(await confirmedBy(text, true)).toBe(signatureIn(text));
  });

  it('that is broken into lines', async () => {
    const text = signed(content('DescribeSnapshots'));
    const value = signatureIn(text);
    const broken = edit(text, value, `\n${value.slice(0, 76)}\r\n ${value.slice(76)}\t`);
    expect(await confirmedBy(broken)).toBe(value);
  });

  it.each([
    ['no XML', 'hello'],
    [
      'no SignatureValue',
      () => signed(content('DescribeSnapshots')).replaceAll('ds:SignatureV', 'ds:V'),
    ],
    [
      'a SignatureValue that is none',
      () => signed(content('DescribeSnapshots')).replace(/(?<=<ds:SignatureValue>)/, '"&lt;x/>'),
    ],
    [
      'an endless SignatureValue',
      () =>
        signed(content('DescribeSnapshots')).replace(/(?<=<ds:SignatureValue>)/, 'A'.repeat(5_000)),
    ],
  ])('or says that there is none: %s', async (_, text) => {
    expect(await confirmedBy(typeof text === 'string' ? text : text())).toBeUndefined();
  });
});

describe('SOAPAction', () => {
  const ACTION = `${NAMESPACE}/DescribeSnapshots`;

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['the operation’s', ACTION],
    ['its name', 'DescribeSnapshots'],
  ])('may be %s', async (_, action) => {
    expect((await send(signed(content('DescribeSnapshots')), action)).status).toBe(200);
  });

  it.each([
    ['of another operation', `${NAMESPACE}/DeleteVolume`],
    ['that ends like it', `urn:evil/DescribeSnapshots`],
    ['there twice', `${ACTION}", "${ACTION}`],
  ])('%s is refused, and nothing is done', async (_, action) => {
    done.length = 0;
    const answered = await send(signed(content('DescribeSnapshots')), action);
    expect(answered.status).toBe(500);
    expect(await textsIn(answered)).toMatchObject({
      code: 'AuthFailure',
      faultcode: 'wsse:InvalidSecurity',
    });
    expect(done).toEqual([]);
  });
});

const FAULTS: [name: string, text: () => string, faultcode: string, code: string][] = [
  ['no XML', () => 'hello', 'wsse:InvalidSecurity', 'AuthFailure'],
  [
    'no signature',
    () => `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"/>`,
    'wsse:InvalidSecurity',
    'AuthFailure',
  ],
  [
    'a stranger',
    () => signed(content('DeleteVolume', DELETE), stranger),
    'wsse:FailedAuthentication',
    'AuthFailure',
  ],
  [
    'a user who may not call here',
    () => signed(content('DeleteVolume', DELETE), banned),
    'wsse:FailedAuthentication',
    'AuthFailure',
  ],
  [
    'a changed Body',
    () => signed(content('DeleteVolume', DELETE)).replace('vol-1', 'vol-2'),
    'wsse:FailedCheck',
    'AuthFailure',
  ],
  [
    'an old message',
    () => signedEnvelope(content('DeleteVolume', DELETE), alice, new Date(Date.now() - 400_000)),
    'wsu:MessageExpired',
    'AuthFailure',
  ],
  [
    'a message of before the start',
    () => signedEnvelope(content('DeleteVolume', DELETE), alice, new Date(Date.now() - 100_000)),
    'wsu:MessageExpired',
    'AuthFailure',
  ],
  ['an unknown operation', () => signed(content('FormatDisk')), 'soap:Client', 'InvalidAction'],
  [
    'an operation named like a method',
    () => signed(content('constructor')),
    'soap:Client',
    'InvalidAction',
  ],
  [
    'an operation of another namespace',
    () => signed('<DeleteVolume xmlns="urn:evil"></DeleteVolume>'),
    'soap:Client',
    'InvalidAction',
  ],
  [
    'two operations',
    () => signed(content('DescribeSnapshots') + content('DescribeSnapshots')),
    'soap:Client',
    'InvalidAction',
  ],
  ['no operation', () => signed(''), 'soap:Client', 'InvalidAction'],
  ['a missing parameter', () => signed(content('DeleteVolume')), 'soap:Client', 'MissingParameter'],
  [
    'a parameter too many',
    () => signed(content('DeleteVolume', `${DELETE}<force></force>`)),
    'soap:Client',
    'InvalidParameterValue',
  ],
  [
    'what the operation refuses',
    () => signed(content('DescribeVolume', DELETE)),
    'soap:Client',
    'InvalidVolume.NotFound',
  ],
  ['what goes wrong', () => signed(content('DescribeVolumes')), 'soap:Server', 'InternalError'],
];

it.each(FAULTS)('answers %s with a signed, typed fault', async (_, text, faultcode, code) => {
  done.length = 0;
  const answered = await send(text());
  expect(answered.status).toBe(500);
  const texts = await textsIn(answered);
  expect(texts).toMatchObject({ faultcode, code });
  expect(texts.message).toBe(texts.faultstring);
  expect(texts.requestId).toMatch(/^req-[0-9a-f]{17}$/);
  expect(lines.join()).toContain(texts.requestId);
  expect(done).toEqual([]);
});

it('tells the log what went wrong, and the client nothing of it', async () => {
  const { text } = await send(signed(content('DescribeVolumes')));
  expect(text).not.toMatch(/sqlite|SELECT|Error:|\.ts|\.js/);
  expect(lines.at(-1)).toContain('SELECT failed at /var/lib/vbs/vbs.sqlite');
  expect(lines.at(-1)).toContain('pipeline.test.ts');
});

it('says what the service can say of an error, also of one before the operation', async () => {
  const explain = () => new ServiceFault('Unavailable', 'Try again later.');
  const explaining = { ...endpoint, explain };
  const claim = () => Promise.reject(new Error('SELECT failed'));
  const forgetful = { ...security, replay: { knowsSince: new Date(0), claim } };
  for (const request of [content('DescribeVolumes'), content('DeleteVolume', DELETE)]) {
    const sent = { text: signed(request), action: undefined };
    const texts = await textsIn(await answer(explaining, forgetful, sent, log));
    expect(texts).toMatchObject({ faultcode: 'soap:Server', code: 'Unavailable' });
    expect(texts.message).toBe('Try again later.');
    expect(lines.at(-1)).toContain('SELECT failed');
  }
});

it('tells a stranger the same whatever the reason, and keeps the reason short in the log', async () => {
  const algorithm = 'x'.repeat(100_000);
  const odd = signed(content('DeleteVolume', DELETE)).replace(
    /(?<=SignatureMethod Algorithm=")[^"]+/,
    algorithm,
  );
  const messages = [signed(content('DeleteVolume', DELETE), stranger), odd].map(
    async (text) => (await textsIn(await send(text))).message,
  );
  const [first, second] = await Promise.all(messages);
  expect(first).toBe(second);
  expect(lines.filter((line) => line.length > 2_000)).toEqual([]);
});

describe('the same message again', () => {
  it('is refused if it changes something', async () => {
    done.length = 0;
    const text = signed(content('DeleteVolume', DELETE));
    const answers = await Promise.all([
      send(text),
      send(text),
      send(text.replace('<soap:Header>', '<soap:Header> ')),
    ]);
    expect(answers.map((each) => each.status).sort()).toEqual([200, 500, 500]);
    expect(done).toHaveLength(1);
    expect(await textsIn(await send(text))).toMatchObject({ faultcode: 'wsse:FailedCheck' });
  });

  it('is answered if it only describes', async () => {
    const text = signed(content('DescribeSnapshots'));
    expect((await send(text)).status).toBe(200);
    expect((await send(text)).status).toBe(200);
  });
});

it('does not serve a portType of which an operation is missing', async () => {
  const contract = await loadContract(CONTRACT_FILE);
  const { endpoint: bind } = await import('./endpoint.js');
  const options = { path: '/', admits: () => true, handlers: { CreateVolume: async () => ({}) } };
  expect(() => bind(contract, 'VBSLustre', options as never)).toThrow('are not its operations');
});
