import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAMESPACE, sendSigned } from '../support/raw.js';
import { Testbed } from '../support/testbed.js';

let testbed: Testbed;
/** An available volume and snapshot of alice's. */
let volumeId: string;
let snapshotId: string;

beforeAll(async () => {
  testbed = await Testbed.start();
  volumeId = await testbed.volume();
  ({ snapshotId } = await testbed.alice.CreateSnapshot({ volumeId }));
  while ((await testbed.alice.DescribeSnapshot({ snapshotId })).status === 'pending');
});

afterAll(() => testbed.stop());

const NO_VOLUME = 'vol-00000000000000000';
const NO_SNAPSHOT = 'snap-00000000000000000';
const HUGE = '9223372036854775808';
const LONG = 'x'.repeat(5_000);

/** An operation, its parameters as XML (V and S stand for ids that exist), and the code of the refusal. */
const CASES: [operation: string, parameters: string, code: string][] = [
  ['CreateVolume', '', 'MissingParameter'],
  ['CreateVolume', '<size>0</size>', 'InvalidParameterValue'],
  ['CreateVolume', '<size>-1</size>', 'InvalidParameterValue'],
  ['CreateVolume', '<size>1.5</size>', 'InvalidParameterValue'],
  ['CreateVolume', '<size>1e3</size>', 'InvalidParameterValue'],
  ['CreateVolume', '<size>3junk</size>', 'InvalidParameterValue'],
  ['CreateVolume', `<size>${HUGE}</size>`, 'InvalidParameterValue'],
  ['CreateVolume', '<size>9223372036854775807</size>', 'InvalidParameterValue'],
  ['CreateVolume', '<size></size>', 'InvalidParameterValue'],
  ['CreateVolume', '<size>1</size><size>1</size>', 'InvalidParameterValue'],
  ['CreateVolume', '<size>1</size><sizeMiB>1</sizeMiB>', 'InvalidParameterCombination'],
  ['CreateVolume', '<sizeMiB>0</sizeMiB>', 'InvalidParameterValue'],
  ['CreateVolume', `<sizeMiB>${HUGE}</sizeMiB>`, 'InvalidParameterValue'],
  ['CreateVolume', `<snapshotId>${NO_SNAPSHOT}</snapshotId>`, 'InvalidSnapshot.NotFound'],
  ['CreateVolume', '<snapshotId>../x</snapshotId>', 'InvalidSnapshot.NotFound'],
  ['CreateVolume', '<snapshotId>S</snapshotId><sizeMiB>1</sizeMiB>', 'InvalidParameterValue'],
  ['CreateVolume', `<size>1</size><clientToken>${LONG}</clientToken>`, 'InvalidParameterValue'],
  ['CreateVolume', '<size>1</size><colour>red</colour>', 'InvalidParameterValue'],
  ['CreateVolume', '<size id="__proto__">1</size>', 'InvalidParameterValue'],
  ['CreateVolume', '<__proto__>1</__proto__>', 'InvalidParameterValue'],
  ...volumeCases('DeleteVolume'),
  ...volumeCases('DescribeVolume'),
  ...volumeCases('CreateSnapshot'),
  ...volumeCases('DetachVolume'),
  ...snapshotCases('DeleteSnapshot'),
  ...snapshotCases('DescribeSnapshot'),
  [
    'DescribeVolumes',
    `<volumeSet><item><volumeId>${NO_VOLUME}</volumeId></item></volumeSet>`,
    'InvalidVolume.NotFound',
  ],
  ['DescribeVolumes', '<volumeSet><item></item></volumeSet>', 'MissingParameter'],
  [
    'CreateTags',
    '<resourcesSet><item><resourceId>V</resourceId></item></resourcesSet><tagSet><item><key>aws:x</key></item></tagSet>',
    'InvalidParameterValue',
  ],
  ['DescribeEvents', `<resourceId>${NO_VOLUME}</resourceId>`, 'InvalidVolume.NotFound'],
  ['DescribeEvents', '<resourceId>V</resourceId><nextToken>x</nextToken>', 'InvalidNextToken'],
  ['CreateTags', '<resourcesSet></resourcesSet><tagSet></tagSet>', 'MissingParameter'],
  [
    'DeleteTags',
    `<resourcesSet><item><resourceId>${NO_SNAPSHOT}</resourceId></item></resourcesSet>`,
    'InvalidSnapshot.NotFound',
  ],
  ['DescribeVolumes', '<maxResults>0</maxResults>', 'InvalidParameterValue'],
  ['DescribeVolumes', '<nextToken>next</nextToken>', 'InvalidNextToken'],
  [
    'DescribeVolumes',
    '<filterSet><item><name>colour</name><valueSet><item></item></valueSet></item></filterSet>',
    'InvalidParameterValue',
  ],
  [
    'DescribeVolumes',
    '<filterSet><item><name>status</name></item></filterSet>',
    'MissingParameter',
  ],
  [
    'DescribeSnapshots',
    `<snapshotSet><item><snapshotId>${NO_SNAPSHOT}</snapshotId></item></snapshotSet>`,
    'InvalidSnapshot.NotFound',
  ],
  ...snapshotCases('DescribeSnapshotAttribute'),
  ...snapshotCases('DisableFastSnapshotRestores'),
  ['EnableFastSnapshotRestores', `<snapshotId>${NO_SNAPSHOT}</snapshotId>`, 'MissingParameter'],
  [
    'EnableFastSnapshotRestores',
    `<snapshotId>${NO_SNAPSHOT}</snapshotId><count>0</count>`,
    'InvalidParameterValue',
  ],
  [
    'EnableFastSnapshotRestores',
    `<snapshotId>${NO_SNAPSHOT}</snapshotId><count>1</count>`,
    'InvalidSnapshot.NotFound',
  ],
  ['DescribeFastSnapshotRestores', '<maxResults>0</maxResults>', 'InvalidParameterValue'],
  ...snapshotCases('VerifySnapshot'),
  ['ModifySnapshotAttribute', share({}), 'MissingParameter'],
  ['ModifySnapshotAttribute', share({ operationType: 'give' }), 'InvalidParameterValue'],
  ['ModifySnapshotAttribute', share({ operationType: undefined }), 'MissingParameter'],
  ['ModifySnapshotAttribute', share({ group: 'friends' }), 'InvalidParameterValue'],
  [
    'ModifySnapshotAttribute',
    share({ snapshotId: NO_SNAPSHOT, group: 'all' }),
    'InvalidSnapshot.NotFound',
  ],
  [
    'ModifySnapshotAttribute',
    `${share({})}<userIdSet><item><userId>bob</userId></item></userIdSet>`,
    'InvalidParameterValue',
  ],
  [
    'DescribeSnapshots',
    '<restorableBySet><item><user>bob</user></item></restorableBySet>',
    'InvalidParameterValue',
  ],
  [
    'CreateSnapshot',
    `<volumeId>V</volumeId><description>${LONG}</description>`,
    'InvalidParameterValue',
  ],
  ['DetachVolume', '<volumeId>V</volumeId>', 'InvalidAttachment.NotFound'],
  ['DetachVolume', '<volumeId>V</volumeId><force>true</force>', 'InvalidAttachment.NotFound'],
  ['DetachVolume', '<volumeId>V</volumeId><force>yes</force>', 'InvalidParameterValue'],
  [
    'DetachVolume',
    '<volumeId>V</volumeId><acceptRisk>true</acceptRisk>',
    'InvalidParameterCombination',
  ],
  ['AttachVolume', attach({ volumeId: '' }), 'MissingParameter'],
  ['AttachVolume', attach({ volumeId: NO_VOLUME }), 'InvalidVolume.NotFound'],
  ['AttachVolume', attach({ volumeId: '../../etc/passwd' }), 'InvalidVolume.NotFound'],
  ['AttachVolume', attach({ instanceId: '' }), 'MissingParameter'],
  ['AttachVolume', attach({ instanceId: 'no-such-vm' }), 'InvalidInstanceID.NotFound'],
  ['AttachVolume', attach({ instanceId: '../x' }), 'InvalidParameterValue'],
  ['AttachVolume', attach({ vmm: 'no-such-host' }), 'InvalidParameterValue'],
  ['AttachVolume', attach({ vmm: '' }), 'MissingParameter'],
  ['AttachVolume', attach({ device: '../x' }), 'InvalidParameterValue'],
  ['AttachVolume', attach({ device: 'xvda' }), 'InvalidParameterValue'],
  ['AttachVolume', attach({ device: '/dev/sdb' }), 'InvalidParameterValue'],
  ['AttachVolume', attach({ device: '' }), 'MissingParameter'],
  ['AttachVolume', attach({ attachMode: 'rw' }), 'InvalidParameterValue'],
  ['AttachVolume', attach({ attachMode: 'w!' }), 'InvalidParameterValue'],
  ['AttachVolume', attach({ attachMode: undefined }), 'MissingParameter'],
  ['NoSuchOperation', '', 'InvalidAction'],
  ['UpdateVolumeStatus', '<orderId>x</orderId>', 'InvalidAction'],
];

function volumeCases(operation: string): typeof CASES {
  return [
    [operation, '', 'MissingParameter'],
    [operation, '<volumeId></volumeId>', 'MissingParameter'],
    [operation, `<volumeId>${NO_VOLUME}</volumeId>`, 'InvalidVolume.NotFound'],
    [operation, '<volumeId>../x</volumeId>', 'InvalidVolume.NotFound'],
    [operation, '<volumeId>V </volumeId>', 'InvalidVolume.NotFound'],
    [operation, '<volumeId>S</volumeId>', 'InvalidVolume.NotFound'],
    [operation, `<volumeId>${LONG}</volumeId>`, 'InvalidParameterValue'],
    [operation, '<volumeId>V</volumeId><forced>true</forced>', 'InvalidParameterValue'],
  ];
}

function snapshotCases(operation: string): typeof CASES {
  return [
    [operation, '', 'MissingParameter'],
    [operation, `<snapshotId>${NO_SNAPSHOT}</snapshotId>`, 'InvalidSnapshot.NotFound'],
    [operation, '<snapshotId>V</snapshotId>', 'InvalidSnapshot.NotFound'],
    [operation, '<snapshotId>/etc/passwd</snapshotId>', 'InvalidSnapshot.NotFound'],
  ];
}

function attach(changed: Record<string, string | undefined>): string {
  return elements({
    volumeId: 'V',
    instanceId: 'vm1',
    vmm: 'vmm1',
    device: 'xvdb',
    attachMode: 'w',
    ...changed,
  });
}

function share(changed: Record<string, string | undefined>): string {
  return elements({ snapshotId: 'S', operationType: 'add', ...changed });
}

function elements(parameters: Record<string, string | undefined>): string {
  return Object.entries(parameters)
    .map(([name, value]) => (value === undefined ? '' : `<${name}>${value}</${name}>`))
    .join('');
}

describe('bad input gets the typed fault and changes nothing', () => {
  it.each(CASES)('%s %s → %s', async (operation, parameters, code) => {
    const before = await everything();
    const content = parameters
      .replaceAll(/>V\b/g, `>${volumeId}`)
      .replaceAll('>S<', `>${snapshotId}<`);
    const answer = await sendSigned(
      testbed.deployment,
      'alice',
      `<${operation} xmlns="${NAMESPACE}">${content}</${operation}>`,
    );
    expect(answer).toMatchObject({ status: 500, code, faultcode: 'soap:Client' });
    expect(answer.message).toMatch(/^[^\n]{10,}\.$/);
    expectNoSecrets(answer.text);
    expect(await everything()).toEqual(before);
  });
});

it('tells someone else’s volume and one that does not exist apart in nothing', async () => {
  const mine = await testbed.bob
    .DescribeVolume({ volumeId })
    .catch((error: Error) => error.message);
  const none = await testbed.bob
    .DescribeVolume({ volumeId: NO_VOLUME })
    .catch((error: Error) => error.message);
  expect(mine).toBe(`${volumeId} does not exist or is not yours.`);
  expect(none).toBe(`${NO_VOLUME} does not exist or is not yours.`);
});

it('lets nobody act on what is not his', async () => {
  const { bob } = testbed;
  const refusals = [
    () => bob.DescribeVolume({ volumeId }),
    () => bob.DescribeVolumes({ volumeSet: { item: [{ volumeId }] } }),
    () => bob.DeleteVolume({ volumeId }),
    () => bob.CreateSnapshot({ volumeId }),
    () => bob.DetachVolume({ volumeId }),
    () => bob.DescribeSnapshot({ snapshotId }),
    () => bob.DeleteSnapshot({ snapshotId }),
    () => bob.CreateVolume({ snapshotId }),
  ];
  const before = await everything();
  for (const refused of refusals) {
    await expect(refused()).rejects.toMatchObject({ code: expect.stringMatching(/\.NotFound$/) });
  }
  expect((await bob.DescribeVolumes({})).volumeSet.item).toEqual([]);
  expect((await bob.DescribeSnapshots({})).snapshotSet.item).toEqual([]);
  expect(await everything()).toEqual(before);
});

/** All that alice can see, and all files. */
async function everything(): Promise<object> {
  const { requestId: _1, ...volumes } = await testbed.alice.DescribeVolumes({});
  const { requestId: _2, ...snapshots } = await testbed.alice.DescribeSnapshots({});
  return { ...volumes, ...snapshots, files: await testbed.files() };
}

function expectNoSecrets(text: string): void {
  expect(text).not.toContain(testbed.deployment.layout.home);
  expect(text).not.toMatch(/\bat .*\.[jt]s:\d+|node_modules|SQLITE|\/home\/|\/usr\//);
}
