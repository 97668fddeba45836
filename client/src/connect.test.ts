import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { faultContent } from '@vbs-lustre/shared/soap/envelope';
import {
  identityOf,
  issueUser,
  makeAuthority,
  makeCertificate,
  rsaKeys,
} from '@vbs-lustre/shared/testing/certificates';
import { labName } from '@vbs-lustre/shared/testing/der';
import { edit } from '@vbs-lustre/shared/testing/message';
import {
  freePort,
  NAMESPACE,
  startService,
  type TestService,
  userOf,
} from '@vbs-lustre/shared/testing/service';
import { trustOf } from '@vbs-lustre/shared/testing/trust';
import type { Identity } from '@vbs-lustre/shared/trust/identity';
import { signedEnvelope } from '@vbs-lustre/shared/wssecurity/sign';
import { signatureValueOf } from '@vbs-lustre/shared/wssecurity/structure';
import { parseXml } from '@vbs-lustre/shared/xml/parse';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type ClientOptions, connect } from './connect.js';
import { TransportError } from './transport.js';

interface Operations {
  [name: string]: { request: object; response: { requestId: string } };
  DeleteVolume: {
    request: { volumeId: string };
    response: { requestId: string; return: boolean };
  };
}

let service: TestService;
let options: ClientOptions;
/** An https server, certified like the service, that answers whatever a test wants. */
let impostor: Server;
let answerOf: (request: string) => string | undefined;

beforeAll(async () => {
  service = await startService({
    DeleteVolume: async (request) => {
      if ((request as { volumeId: string }).volumeId === 'vol-1') return { return: true };
      throw new ServiceFault('InvalidVolume.NotFound', 'it does not exist & is not yours');
    },
  });
  options = {
    url: service.url,
    identity: userOf(service, 'alice'),
    trust: await trustOf(service.authority.pem),
    peers: ['CN=service,O=Lab'],
    tlsAuthority: service.authority.pem,
    timeoutMs: 60_000,
  };
  const { pem, keys } = makeCertificate({
    name: labName('impostor'),
    issuer: service.authority,
    keys: rsaKeys(),
    serverName: 'localhost',
  });
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
  impostor = createServer({ cert: pem, key }, async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const answer = answerOf(text);
    if (answer !== undefined) response.end(answer);
  }).listen(0, '127.0.0.1');
  await once(impostor, 'listening');
});

afterEach(() => impostor.closeAllConnections());

afterAll(async () => {
  impostor.close();
  await service.server.close(0);
});

function client(changes: Partial<ClientOptions> = {}): Client<Operations> {
  return connect<Operations>(service.contract, 'VBSLustre', { ...options, ...changes });
}

const atImpostor = (changes: Partial<ClientOptions> = {}) => {
  const address = impostor.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return client({ url: `https://localhost:${port}/`, ...changes });
};

const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (answer) => `answered ${JSON.stringify(answer)}`,
    (error: unknown) => error,
  );

describe('a client of a service', () => {
  it('gets the answer', async () => {
    const { DeleteVolume } = client();
    const answer = await DeleteVolume({ volumeId: 'vol-1' });
    expect(answer).toEqual({ requestId: expect.stringMatching(/^req-/), return: true });
  });

  it('gets the fault', async () => {
    const fault = await failureOf(client().DeleteVolume({ volumeId: 'vol-2' }));
    expect(fault).toBeInstanceOf(ServiceFault);
    expect(fault).toMatchObject({
      code: 'InvalidVolume.NotFound',
      message: 'it does not exist & is not yours',
      requestId: expect.stringMatching(/^req-/),
    });
  });
});

describe('an answer is not believed', () => {
  const ANSWER = `<DeleteVolumeResponse xmlns="${NAMESPACE}"><requestId>req-1</requestId><return>true</return></DeleteVolumeResponse>`;
  const FAULT = faultContent(NAMESPACE, new ServiceFault('VolumeInUse', 'x'), 'req-1');
  const stranger = identityOf(makeCertificate({ name: labName('service') }));
  let genuine: Identity;
  let bob: Identity;

  /** An answer to this request; by default it says what it should. */
  const answerTo = (request: string, by: Identity, content = ANSWER, at = new Date()) =>
    signedEnvelope(content, by, at, { signatureValue: signatureValueOf(parseXml(request)) });

  beforeAll(() => {
    genuine = issueUser(service.authority, 'service');
    bob = issueUser(service.authority, 'bob');
  });

  it.each<[string, string, (request: string) => string]>([
    [
      'that is not signed',
      'there is no Header',
      (request) => answerTo(request, genuine).replace(/<soap:Header>.*<\/soap:Header>/s, ''),
    ],
    [
      'that a stranger has signed',
      'neither trusted nor issued',
      (request) => answerTo(request, stranger),
    ],
    [
      'that another trusted user has signed',
      'signed by CN=bob,O=Lab',
      (request) => answerTo(request, bob),
    ],
    [
      'that was changed',
      'digest of Body',
      (request) => edit(answerTo(request, genuine), '>true<', '>false<'),
    ],
    [
      'that is old',
      'too old',
      (request) => answerTo(request, genuine, ANSWER, new Date(Date.now() - 400_000)),
    ],
    [
      'of another operation',
      'it is AttachVolumeResponse',
      (request) => answerTo(request, genuine, ANSWER.replaceAll('DeleteVolume', 'AttachVolume')),
    ],
    [
      'that lacks something',
      'return is missing',
      (request) => answerTo(request, genuine, ANSWER.replace(/<return>.*<\/return>/, '')),
    ],
    ['that is no XML', 'not well-formed', () => 'Bad Gateway'],
    ['that is empty', 'not well-formed', () => ''],
    [
      'that confirms no request',
      'does not confirm this request',
      () => signedEnvelope(ANSWER, genuine, new Date()),
    ],
    [
      'that confirms that there was no signature',
      'does not confirm this request',
      () => signedEnvelope(ANSWER, genuine, new Date(), { signatureValue: undefined }),
    ],
    [
      'to another request',
      'does not confirm this request',
      () => answerTo(signedEnvelope(ANSWER, options.identity, new Date()), genuine),
    ],
    [
      'whose confirmation was added later',
      'SignatureConfirmation is not signed',
      (request) => {
        const unconfirmed = signedEnvelope(ANSWER, genuine, new Date());
        const [confirmation] = /<wsse11.*<\/wsse11:SignatureConfirmation>/s.exec(
          answerTo(request, genuine),
        ) as RegExpExecArray;
        return edit(unconfirmed, '<ds:Signature ', `${confirmation}<ds:Signature `);
      },
    ],
    [
      'that is a fault of a stranger',
      'neither trusted nor issued',
      (request) => answerTo(request, stranger, FAULT),
    ],
    [
      'that is a fault of another user',
      'signed by CN=bob,O=Lab',
      (request) => answerTo(request, bob, FAULT),
    ],
    [
      'that is a fault of another request',
      'does not confirm this request',
      () => answerTo(signedEnvelope(ANSWER, options.identity, new Date()), genuine, FAULT),
    ],
  ])('%s', async (_, reason, forge) => {
    answerOf = (request) => answerTo(request, genuine);
    expect(await atImpostor().DeleteVolume({ volumeId: 'vol-1' })).toMatchObject({ return: true });
    answerOf = forge;
    const error = await failureOf(atImpostor().DeleteVolume({ volumeId: 'vol-1' }));
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ delivered: 'unknown', message: expect.stringContaining(reason) });
  });
});

describe('tells whether the message may have arrived:', () => {
  const errorOf = async (call: Promise<unknown>) => {
    const error = await failureOf(call);
    expect(error).toBeInstanceOf(TransportError);
    return error;
  };

  it('no, if nobody listens', async () => {
    const url = `https://localhost:${await freePort()}/`;
    expect(await errorOf(client({ url }).DeleteVolume({ volumeId: 'vol-1' }))).toMatchObject({
      delivered: 'no',
    });
  });

  it('no, if the server is certified by another authority', async () => {
    const tlsAuthority = makeAuthority().pem;
    expect(
      await errorOf(client({ tlsAuthority }).DeleteVolume({ volumeId: 'vol-1' })),
    ).toMatchObject({ delivered: 'no' });
  });

  it('no, if the server has another name', async () => {
    const url = options.url.replace('localhost', '127.0.0.1');
    expect(await errorOf(client({ url }).DeleteVolume({ volumeId: 'vol-1' }))).toMatchObject({
      delivered: 'no',
    });
  });

  it('no, if there is no TLS', async () => {
    const silent = createTcpServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const url = `https://localhost:${typeof address === 'object' ? address?.port : ''}/`;
    expect(
      await errorOf(client({ url, timeoutMs: 200 }).DeleteVolume({ volumeId: 'vol-1' })),
    ).toMatchObject({
      delivered: 'no',
      message: expect.stringContaining('no answer within 200 ms'),
    });
    expect(
      await errorOf(client({ url, connectTimeoutMs: 200 }).DeleteVolume({ volumeId: 'vol-1' })),
    ).toMatchObject({
      delivered: 'no',
      message: expect.stringContaining('no connection within 200 ms'),
    });
    silent.close();
  });

  it('no, if the server has gone since the last request and no connection is kept', async () => {
    const other = await startService({ DeleteVolume: async () => ({ return: true }) });
    const { url } = other;
    const caller = client({
      url,
      identity: userOf(other, 'alice'),
      trust: await trustOf(other.authority.pem),
      tlsAuthority: other.authority.pem,
      keepAlive: false,
    });
    expect(await caller.DeleteVolume({ volumeId: 'vol-1' })).toMatchObject({ return: true });
    await other.server.close(0);
    expect(await errorOf(caller.DeleteVolume({ volumeId: 'vol-1' }))).toMatchObject({
      delivered: 'no',
    });
  });

  it('unknown, if no answer comes', async () => {
    let arrived = false;
    answerOf = () => {
      arrived = true;
      return undefined;
    };
    // Long enough for the message to arrive; it is the answer that never comes.
    const error = await errorOf(
      atImpostor({ timeoutMs: 4_000 }).DeleteVolume({ volumeId: 'vol-1' }),
    );
    expect(arrived).toBe(true);
    expect(error).toMatchObject({
      delivered: 'unknown',
      message: expect.stringContaining('no answer within 4000 ms'),
    });
  });

  it('unknown, if the connection breaks off', async () => {
    answerOf = () => {
      impostor.closeAllConnections();
      return undefined;
    };
    expect(await errorOf(atImpostor().DeleteVolume({ volumeId: 'vol-1' }))).toMatchObject({
      delivered: 'unknown',
    });
  });
});
