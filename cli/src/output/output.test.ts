import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { anAttachment, aSnapshot, aVolume } from '../testing/items.js';
import { ATTACHMENTS } from './attachments.js';
import { colourStatus, wantsColour } from './colour.js';
import { type Format, showList, showOne } from './kind.js';
import { showPages } from './pages.js';
import { PERMISSIONS } from './permissions.js';
import { ANYBODYS_SNAPSHOTS, SNAPSHOTS } from './snapshots.js';
import { duration, roughSize, size } from './units.js';
import { VOLUMES } from './volumes.js';

const attached = aVolume({
  volumeId: 'vol-22',
  status: 'in-use',
  size: 1,
  sizeBytes: 512 * 2 ** 20,
  snapshotId: 'snap-1',
  attachmentSet: { item: [anAttachment(), anAttachment({ instanceId: 'vm2', attachMode: 'r' })] },
});

it('aligns a table and leaves out columns that would be empty', () => {
  expect(showList(VOLUMES, [aVolume()], 'table')).toBe(
    `VOLUME    SIZE  STATUS     CREATED
vol-1   10 GiB  available  2026-11-24T12:00:00Z
`,
  );
  expect(showList(VOLUMES, [aVolume(), attached], 'table')).toBe(
    `VOLUME     SIZE  STATUS     CREATED               SNAPSHOT  ATTACHED TO
vol-1    10 GiB  available  2026-11-24T12:00:00Z
vol-22  512 MiB  in-use     2026-11-24T12:00:00Z  snap-1    vm1 on host1 as xvdb (w), vm2 on host1 as xvdb (r)
`,
  );
});

const printed = async (format: Format, ...pages: (typeof attached)[][]) => {
  let text = '';
  for await (const part of showPages(VOLUMES, Readable.from(pages), format)) text += part;
  return text;
};

it('says that there is nothing', async () => {
  expect(showList(SNAPSHOTS, [], 'table')).toBe('There are no snapshots.\n');
  expect(showList(SNAPSHOTS, [], 'tsv')).toBe('');
  expect(await printed('json', [])).toBe('{\n  "volumes": []\n}\n');
  expect(await printed('table', [])).toBe('There are no volumes.\n');
});

it('shows how far a file in the making is', () => {
  const pending = { status: 'pending', progress: '42%', bytesDone: 4242 };
  expect(showOne(VOLUMES, aVolume(pending), 'table')).toMatch(/PROGRESS .*\n.* pending +42% /);
  expect(showOne(SNAPSHOTS, aSnapshot(pending), 'tsv')).toMatch(/\t42%\t4242\t{7}\n$/);
  expect(JSON.parse(showOne(SNAPSHOTS, aSnapshot(pending), 'json'))).toMatchObject({
    ...{ progress: '42%', bytesDone: 4242 },
  });
  expect(showOne(VOLUMES, aVolume({ progress: '100%' }), 'table')).not.toContain('%');
});

it('prints the same fields of every volume in TSV', () => {
  expect(showList(VOLUMES, [aVolume(), attached], 'tsv')).toBe(
    `vol-1\tavailable\t10\t10737418240\t\t2026-11-24T12:00:00.123Z\t\t\t\t\t\t\t\t\t\t\t\t
vol-22\tin-use\t1\t536870912\tsnap-1\t2026-11-24T12:00:00.123Z\thost1/vm1/xvdb/w/attached,host1/vm2/xvdb/r/attached\t\t\t\t\t\t\t\t\t\t\t
`,
  );
});

it('prints every name in JSON', async () => {
  expect(JSON.parse(await printed('json', [attached]))).toEqual({
    volumes: [
      {
        volumeId: 'vol-22',
        status: 'in-use',
        statusMessage: null,
        size: 1,
        sizeBytes: 536870912,
        snapshotId: 'snap-1',
        createTime: '2026-11-24T12:00:00.123Z',
        progress: null,
        bytesDone: null,
        snapshotConsistency: null,
        modificationState: null,
        targetSize: null,
        targetSizeBytes: null,
        modificationMessage: null,
        volumeType: null,
        readOnly: false,
        creationMethod: null,
        attachments: [
          expect.objectContaining({ instanceId: 'vm1', vmm: 'host1', attachMode: 'w' }),
          expect.objectContaining({ instanceId: 'vm2', device: 'xvdb', status: 'attached' }),
        ],
        name: null,
        tags: {},
      },
    ],
  });
  expect(JSON.parse(showOne(SNAPSHOTS, aSnapshot(), 'json'))).toMatchObject({ description: null });
  expect(JSON.parse(showOne(ATTACHMENTS, anAttachment(), 'json'))).not.toHaveProperty('warning');
});

it('shows tags, and the name apart from them', () => {
  const item = [{ key: 'Name', value: 'web 1' }, { key: 'a' }, { key: 'b', value: 'c,d&e' }];
  const tagged = aVolume({ tagSet: { item } });
  expect(showOne(VOLUMES, tagged, 'table')).toMatch(/NAME +TAGS\n.*web 1 +a=, b=c,d&e\n$/);
  expect(showOne(VOLUMES, tagged, 'tsv')).toMatch(/\t\tName=web\+1&a=&b=c%2Cd%26e\t{9}\n$/);
  expect(JSON.parse(showOne(VOLUMES, tagged, 'json'))).toMatchObject({
    ...{ name: 'web 1', tags: { Name: 'web 1', a: '', b: 'c,d&e' } },
  });
});

it('shows a torn snapshot, and a volume made from one, as nobody can miss', () => {
  const torn = aSnapshot({ consistency: 'torn' });
  const all = [aSnapshot({ consistency: 'exact' }), torn];
  expect(showList(SNAPSHOTS, all, 'table')).toMatch(
    /CONSISTENCY .*\n.* available {2,}2026.*\n.* available {2}TORN: copied while it was written {2}2026/,
  );
  expect(showOne(SNAPSHOTS, torn, 'table', true)).toContain('\u001b[31mTORN');
  expect(showOne(SNAPSHOTS, torn, 'tsv')).toMatch(/\ttorn\t{6}\n$/);
  expect(JSON.parse(showOne(SNAPSHOTS, torn, 'json'))).toMatchObject({ consistency: 'torn' });
  expect(showList(SNAPSHOTS, all.slice(0, 1), 'table')).not.toContain('CONSISTENCY');
  const copy = aVolume({ snapshotId: 'snap-1', snapshotConsistency: 'torn' });
  expect(showOne(VOLUMES, copy, 'table')).toContain('snap-1 (TORN)');
  expect(showOne(VOLUMES, copy, 'tsv')).toMatch(/\ttorn\t{6}\n$/);
});

it('shows the type of a volume, that it is only read, and how its file was made', () => {
  const made = { volumeType: 'fast', readOnly: true, creationMethod: 'link' };
  expect(showOne(VOLUMES, aVolume(made), 'table')).toMatch(/TYPE +ACCESS .*\n.* fast +read-only /);
  expect(showOne(VOLUMES, aVolume(made), 'tsv')).toMatch(/\tfast\tread-only\tlink\n$/);
  expect(JSON.parse(showOne(VOLUMES, aVolume(made), 'json'))).toMatchObject(made);
  const clone = aSnapshot({ creationMethod: 'clone' });
  expect(showOne(SNAPSHOTS, clone, 'tsv')).toMatch(/\tclone\t{4}\n$/);
  expect(JSON.parse(showOne(SNAPSHOTS, clone, 'json'))).toMatchObject({ creationMethod: 'clone' });
});

it('shows the checksum of a snapshot to scripts', () => {
  const summed = aSnapshot({ sha256: 'abc' });
  expect(showOne(SNAPSHOTS, summed, 'tsv')).toMatch(/\tabc\t{3}\n$/);
  expect(JSON.parse(showOne(SNAPSHOTS, summed, 'json'))).toMatchObject({ sha256: 'abc' });
});

it('shows what came of the verification of a snapshot', () => {
  const verifyTime = new Date('2026-11-26T10:00:00.123Z');
  const intact = aSnapshot({ verifyState: 'intact', verifyTime });
  expect(showOne(SNAPSHOTS, intact, 'table')).toMatch(
    /VERIFIED .*\n.* intact 2026-11-26T10:00:00Z /,
  );
  expect(showOne(SNAPSHOTS, intact, 'tsv')).toMatch(/\tintact\t2026-11-26T10:00:00.123Z\t\n$/);
  const damage = { verifyState: 'damaged', verifyTime, verifyMessage: 'its SHA-256 is b' };
  expect(showOne(SNAPSHOTS, aSnapshot(damage), 'table', true)).toContain(
    '\u001b[31mDAMAGED: its SHA-256 is b',
  );
  expect(JSON.parse(showOne(SNAPSHOTS, aSnapshot(damage), 'json'))).toMatchObject({
    ...{ verifyState: 'damaged', verifyTime: verifyTime.toISOString() },
    verifyMessage: 'its SHA-256 is b',
  });
  expect(showOne(SNAPSHOTS, aSnapshot(), 'table')).not.toContain('VERIFIED');
});

it('shows whose a snapshot is where others may be among them', () => {
  const snapshot = aSnapshot({ ownerId: 'CN=alice' });
  expect(showOne(SNAPSHOTS, snapshot, 'table')).not.toContain('alice');
  expect(showOne(ANYBODYS_SNAPSHOTS, snapshot, 'table')).toMatch(/OWNER\n.* CN=alice\n$/);
  expect(showOne(SNAPSHOTS, snapshot, 'tsv')).toMatch(/\tCN=alice\t{5}\n$/);
  expect(JSON.parse(showOne(SNAPSHOTS, snapshot, 'json'))).toMatchObject({ ownerId: 'CN=alice' });
});

it('shows whom a snapshot is shared with', () => {
  const permissions = [{ userId: 'CN=bob,O=Lab' }, { group: 'all' }];
  expect(showList(PERMISSIONS, permissions, 'table')).toBe('SHARED WITH\nCN=bob,O=Lab\nall\n');
  expect(showList(PERMISSIONS, permissions, 'tsv')).toBe('CN=bob,O=Lab\nall\n');
  expect(permissions.map(PERMISSIONS.json)).toEqual([
    { userId: 'CN=bob,O=Lab', group: null },
    { userId: null, group: 'all' },
  ]);
});

it('makes one list of pages', async () => {
  const [one, two] = [aVolume(), aVolume({ volumeId: 'vol-2' })];
  const text = await printed('json', [one], [], [two, attached]);
  expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  expect(JSON.parse(text).volumes).toMatchObject(
    [one, two, attached].map(({ volumeId }) => ({ volumeId })),
  );
  const lines = (await printed('tsv', [one], [two])).split('\n');
  expect(lines.map((line) => line.split('\t')[0])).toEqual(['vol-1', 'vol-2', '']);
});

it('shows what is being extended, and why it could not be', () => {
  const modifying = {
    modificationState: 'modifying',
    targetSize: 20,
    targetSizeBytes: 20 * 2 ** 30,
  };
  const now = aVolume({ ...modifying, progress: '42%', bytesDone: 4242 });
  expect(showOne(VOLUMES, now, 'table')).toMatch(
    /PROGRESS .* MODIFICATION\n.* 10 GiB .* 42% .* modifying to 20 GiB\n$/,
  );
  const reason = { modificationState: 'failed', modificationMessage: 'dd: no space left' };
  const failed = aVolume({ ...modifying, ...reason });
  expect(showOne(VOLUMES, failed, 'table')).toContain('failed to 20 GiB: dd: no space left');
  expect(showOne(VOLUMES, failed, 'tsv')).toMatch(
    /\tfailed\t21474836480\tdd: no space left\t{3}\n$/,
  );
  const done = aVolume({ ...modifying, modificationState: 'completed' });
  expect(showOne(VOLUMES, done, 'table')).not.toContain('MODIFICATION');
  expect(JSON.parse(showOne(VOLUMES, done, 'json'))).toMatchObject({
    ...{ modificationState: 'completed', targetSize: 20, modificationMessage: null },
  });
});

it('lets no text break a line or steer the terminal', () => {
  const snapshot = aSnapshot({ description: 'two\tfields\nand \u001b[31mred' });
  for (const format of ['table', 'tsv'] as const) {
    const text = showOne(SNAPSHOTS, snapshot, format);
    expect(text).toContain('two fields and  [31mred');
    expect(text).not.toContain('\u001b');
  }
});

it('shows why something failed', () => {
  const failed = aVolume({ status: 'failure : cmd error', statusMessage: 'dd: no space left' });
  expect(showOne(VOLUMES, failed, 'table')).toMatch(/REASON\n.* dd: no space left\n$/);
});

it('colours on a terminal alone, and not if that is declined', () => {
  expect(wantsColour({ isTTY: true }, {})).toBe(true);
  expect(wantsColour({}, {})).toBe(false);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  expect(showOne(VOLUMES, aVolume(), 'table', true)).toContain('\u001b[32mavailable\u001b[0m');
  expect(showOne(VOLUMES, aVolume(), 'json', true)).not.toContain('\u001b');
  expect(colourStatus('pending')).toContain('[33m');
});

it('rounds no size, but those that pass by', () => {
  expect([0, 1023, 1024, 1025 * 2 ** 20, 2 ** 40].map(size)).toEqual([
    ...['0 bytes', '1023 bytes', '1 KiB', '1025 MiB', '1 TiB'],
  ]);
  expect([900, 4.25 * 2 ** 30, 119.6 * 2 ** 20, 2 ** 40].map(roughSize)).toEqual([
    ...['900 bytes', '4.3 GiB', '120 MiB', '1 TiB'],
  ]);
  expect([900, 59_999, 125_000].map(duration)).toEqual(['0 s', '59 s', '2 min 5 s']);
});
