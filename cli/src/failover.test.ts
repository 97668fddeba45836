import { ServiceFault, TransportError, type VBSLustreClient } from '@vbs-lustre/client';
import { loadContract, portOf } from '@vbs-lustre/shared/soap/contract';
import { WSDL } from '@vbs-lustre/wsdl';
import { beforeEach, describe, expect, it } from 'vitest';
import { failOver } from './failover.js';
import { NoAnswer } from './noAnswer.js';

type Behaviour = 'answers' | 'refuses' | 'is dead' | 'loses the answer';

let calls: { name: string; request: { clientToken?: string } }[];

beforeEach(() => {
  calls = [];
});

/** A client whose transport is fake: nothing is sent. */
function fakeTransport(name: string, behaviour: Behaviour): VBSLustreClient {
  const operation = async (request: object) => {
    calls.push({ name, request });
    if (behaviour === 'is dead') throw new TransportError(`${name}: connect ECONNREFUSED`, 'no');
    if (behaviour === 'loses the answer') throw new TransportError(`${name}: cut off`, 'unknown');
    if (behaviour === 'refuses') throw new ServiceFault('VolumeInUse', 'It is attached.', 'req-1');
    return { requestId: `req-${name}` };
  };
  return { DescribeVolumes: operation, DeleteVolume: operation } as unknown as VBSLustreClient;
}

const clientOf = (...behaviours: Behaviour[]) =>
  failOver(behaviours.map((behaviour, index) => fakeTransport('abc'.charAt(index), behaviour)));

const asked = () => calls.map(({ name }) => name).join('');

const REQUEST = { volumeId: 'vol-1' };

describe('the next front end is asked', () => {
  it.each<Behaviour>(['is dead', 'loses the answer'])('if the first one %s', async (behaviour) => {
    const answer = await clientOf(behaviour, 'answers').DeleteVolume(REQUEST);
    expect(answer).toMatchObject({ requestId: 'req-b' });
    expect(asked()).toBe('ab');
  });

  it('with the same client token, made up if there is none', async () => {
    await clientOf('loses the answer', 'is dead', 'answers').DeleteVolume(REQUEST);
    const tokens = calls.map(({ request }) => request.clientToken);
    expect(tokens).toHaveLength(3);
    expect(tokens[0]).toMatch(/^[\da-f-]{36}$/);
    expect(new Set(tokens).size).toBe(1);
  });

  it('with the token that was given', async () => {
    await clientOf('loses the answer', 'answers').DeleteVolume({ ...REQUEST, clientToken: 'mine' });
    expect(calls.map(({ request }) => request.clientToken)).toEqual(['mine', 'mine']);
  });

  it('and stays the first', async () => {
    const client = clientOf('is dead', 'answers');
    await client.DescribeVolumes({});
    await client.DescribeVolumes({});
    expect(asked()).toBe('abb');
  });
});

it('gives what only describes no token', async () => {
  await clientOf('answers').DescribeVolumes({});
  expect(calls).toEqual([{ name: 'a', request: {} }]);
});

it('gives a token to every operation that has one, and to no other', async () => {
  const users = portOf(await loadContract(WSDL.vbslustre), 'VBSLustre').operations;
  const [administrators] = (await loadContract(WSDL.vbslustreAdmin)).ports.values();
  for (const [operation, { input }] of [...users, ...(administrators?.operations ?? [])]) {
    const echo = async (request: object): Promise<object> => request;
    const sent = await failOver([{ [operation]: echo }])[operation]?.({});
    const hasToken = input.fields.some(({ name }) => name === 'clientToken');
    expect({ operation, hasToken: 'clientToken' in (sent ?? {}) }).toEqual({ operation, hasToken });
  }
});

it('gives each change a token of its own', async () => {
  const client = clientOf('answers');
  await client.DeleteVolume(REQUEST);
  await client.DeleteVolume(REQUEST);
  expect(calls[0]?.request.clientToken).not.toBe(calls[1]?.request.clientToken);
});

it('takes a fault for an answer', async () => {
  const refused = clientOf('refuses', 'answers').DeleteVolume(REQUEST);
  await expect(refused).rejects.toMatchObject({ code: 'VolumeInUse' });
  expect(asked()).toBe('a');
});

describe('if none answers', () => {
  const troubleOf = (...behaviours: Behaviour[]) =>
    clientOf(...behaviours)
      .DeleteVolume({ ...REQUEST, clientToken: 'mine' })
      .catch((error: unknown) => error);

  it('each was asked once, and the sentence names all', async () => {
    const trouble = await troubleOf('is dead', 'is dead');
    expect(asked()).toBe('ab');
    expect(trouble).toBeInstanceOf(NoAnswer);
    expect(trouble).toMatchObject({
      exitCode: 3,
      message:
        'There is no answer (a: connect ECONNREFUSED; b: connect ECONNREFUSED): check the endpoint, and that a front end runs there.',
    });
  });

  it('and it may have been done, the sentence says how to find out', async () => {
    expect(await troubleOf('loses the answer', 'is dead')).toMatchObject({
      message: expect.stringContaining('repeat it with --client-token mine'),
    });
  });
});
