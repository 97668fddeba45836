import type { AdminClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import { describe, expect, it } from 'vitest';
import { delegateFindings } from './delegates.js';
import { examine } from './examine.js';
import { certificateFindings, clockFindings } from './finding.js';

const NOW = new Date('2026-11-26T09:00:00Z');
const GIB = 1024 ** 3;
const inDays = (days: number): Date => new Date(Date.now() + days * 24 * 3_600_000);
const words = (found: readonly { level: string; about: string; problem: string }[]) =>
  found.map(({ level, about, problem }) => `${level}: ${about}: ${problem}`);

describe('certificates and clocks', () => {
  it('says in time that a certificate ends', () => {
    const ends = (time: string) => words(certificateFindings('x', new Date(time), NOW));
    expect(ends('2026-12-27T09:00:00Z')).toEqual([]);
    expect(ends('2026-12-06T09:00:00Z')).toEqual(['wrong: x: its certificate ends in 10 days']);
    expect(ends('2026-11-25T09:00:00Z')).toEqual(['wrong: x: its certificate has ended']);
    expect(certificateFindings('x', undefined, NOW)).toEqual([]);
  });

  it('says that a clock is wrong, as far as that is certain', () => {
    expect(clockFindings('x', 10_000, 'others')).toEqual([]);
    expect(clockFindings('x', -14_000, 'others', 5_000)).toEqual([]);
    expect(words(clockFindings('x', -16_000, 'others', 5_000))).toEqual([
      'wrong: x: its clock is 16 s behind others',
    ]);
    expect(words(clockFindings('x', 30_000, 'others'))).toEqual([
      'wrong: x: its clock is 30 s ahead of others',
    ]);
  });
});

const VOLUME: vbslustreAdmin.Delegate = {
  ...{ kind: 'volume', name: 'lustre1', subject: 'CN=lustre1', url: 'https://lustre1/' },
  ...{ status: 'alive', lastSeenTime: NOW, draining: false, drained: false },
  ...{ availableBytes: 100 * GIB, jobs: 0, version: '0.1.0' },
};

describe('delegates', () => {
  const found = (...delegates: Partial<vbslustreAdmin.Delegate>[]) =>
    words(
      delegateFindings(
        delegates.map((each) => ({ ...VOLUME, ...each })),
        NOW,
      ),
    );
  const NOBODY =
    'wrong: Volume Delegates: none is alive that takes orders: nothing can be made or deleted';

  it('finds nothing where nothing is', () => {
    expect(found({})).toEqual([]);
  });

  it('tells one that has gone from one that was removed', () => {
    const since = 'it was not heard of since 2026-11-26T09:00:00Z';
    expect(found({}, { kind: 'vmm', name: 'kvm1', status: 'silent' })).toEqual([
      `wrong: vmm delegate kvm1: ${since}`,
    ]);
    expect(found({}, { name: 'lustre2', status: 'silent', drained: true })).toEqual([
      `note: volume delegate lustre2: it is drained, and ${since}`,
    ]);
  });

  it('says if nobody is left that makes volumes', () => {
    expect(found({ drained: true })).toEqual([
      NOBODY,
      'note: volume delegate lustre1: it is drained',
    ]);
    expect(found({ draining: true })).toEqual([NOBODY, 'note: volume delegate lustre1: it drains']);
    expect(found()).toEqual([NOBODY]);
  });

  it('says if space runs out', () => {
    expect(found({ availableBytes: 0 })).toEqual([
      'wrong: volume delegate lustre1: there is no space, or it cannot be told',
    ]);
    expect(found({ availableBytes: 9 * GIB })).toEqual([
      'note: volume delegate lustre1: only 9 GiB can be promised',
    ]);
  });
});

describe('a whole deployment', () => {
  const client = (health: object | Error): AdminClient =>
    ({
      DescribeHealth: async () => {
        if (health instanceof Error) throw health;
        return {
          ...{ version: '0.1.0', time: new Date(), certificateEndTime: inDays(300) },
          ...{ database: 'SQLite 3', reconciled: true, troubleSet: { item: [] }, ...health },
        };
      },
      DescribeDelegates: async () => ({ delegateSet: { item: [VOLUME] } }),
      DescribeOrphans: async () => ({
        orphanSet: {
          item: [
            { kind: 'file', id: 'vol-1', time: new Date(), reason: '', done: 'set aside' },
            { kind: 'file', id: 'vol-2', time: inDays(-30), reason: '', done: 'set aside' },
          ],
        },
      }),
    }) as unknown as AdminClient;
  const ORPHANS = 'note: orphans: 1 were put right in the last 7 days';
  const found = async (...healths: (object | Error)[]) => {
    const frontEnds = healths.map((health, index) => ({
      endpoint: `https://${index}`,
      client: client(health),
    }));
    return words(await examine(frontEnds, inDays(300)));
  };

  it('goes on with the front ends that answer', async () => {
    expect(await found(new Error('no answer'), {})).toEqual([
      'wrong: front end https://0: no answer',
      ORPHANS,
    ]);
    expect(await found(new Error('no answer'))).toEqual(['wrong: front end https://0: no answer']);
  });

  it('says what does not get on, and who puts nothing right', async () => {
    const trouble = { kind: 'volume', id: 'vol-1', sinceTime: NOW };
    const item = [
      { ...trouble, status: 'lost' },
      { ...trouble, status: 'pending' },
    ];
    expect(await found({ reconciled: false, troubleSet: { item }, version: '0.2.0' })).toEqual([
      'wrong: reconciler: no front end puts right what goes wrong',
      'wrong: volume vol-1: its file is lost since 2026-11-26T09:00:00Z',
      'wrong: volume vol-1: it is pending since 2026-11-26T09:00:00Z, with nobody at work on it',
      'note: versions: there are several: 0.1.0, 0.2.0',
      ORPHANS,
    ]);
  });

  it('ends with the refusal if the caller may not ask', async () => {
    await expect(found(new ServiceFault('AuthFailure', 'no'))).rejects.toThrow('no');
  });
});
