import { ServiceFault } from '@vbs-lustre/shared/faults';
import { expect, it } from 'vitest';
import { UsageError } from '../commandError.js';
import { anAttachment, aSnapshot, aVolume } from '../testing/items.js';
import { explainAsEc2 } from './explain.js';
import { attachmentLine, permissionLine, snapshotLine, volumeLine } from './lines.js';
import { snapshotState, volumeState } from './states.js';

it('prints volumes as EC2 does, with empty fields kept', () => {
  expect(volumeLine(aVolume({ status: 'pending' }), 'host1')).toBe(
    'VOLUME\tvol-1\t10\t\thost1\tcreating\t2026-11-24T12:00:00+0000\n',
  );
  expect(volumeLine(aVolume({ snapshotId: 'snap-1' }), '')).toBe(
    'VOLUME\tvol-1\t10\tsnap-1\t\tavailable\t2026-11-24T12:00:00+0000\n',
  );
});

it('prints attachments as EC2 does', () => {
  expect(attachmentLine(anAttachment())).toBe(
    'ATTACHMENT\tvol-1\tvm1\t/dev/xvdb\tattached\t2026-11-24T12:00:00+0000\n',
  );
});

it('prints snapshots as EC2 does', () => {
  const owner = 'CN=alice,O=Lab';
  expect(snapshotLine(aSnapshot({ status: 'pending' }), owner)).toBe(
    'SNAPSHOT\tsnap-1\tvol-1\tpending\t2026-11-24T12:00:00+0000\t\tCN=alice,O=Lab\t1\t\n',
  );
  expect(snapshotLine(aSnapshot({ status: 'pending', progress: '42%' }), owner)).toContain(
    '\tpending\t2026-11-24T12:00:00+0000\t42%\tCN=alice',
  );
  expect(snapshotLine(aSnapshot({ description: 'before\tthe upgrade' }), owner)).toBe(
    'SNAPSHOT\tsnap-1\tvol-1\tcompleted\t2026-11-24T12:00:00+0000\t100%\tCN=alice,O=Lab\t1\tbefore the upgrade\n',
  );
});

it('prints whose a snapshot is, and whom it is shared with, as EC2 does', () => {
  expect(snapshotLine(aSnapshot({ ownerId: 'CN=bob' }), 'CN=alice')).toContain('\tCN=bob\t');
  expect(permissionLine(['snap-1'], 'all')).toBe('createVolumePermission\tsnap-1\tgroup\tall\n');
  expect(permissionLine(['snap-1', 'ADD'], 'CN=bob')).toBe(
    'createVolumePermission\tsnap-1\tADD\tuserId\tCN=bob\n',
  );
});

it("has EC2's words for all states", () => {
  const all = ['pending', 'available', 'in-use', 'deleting', 'failure : cmd error'];
  expect(all.map(volumeState)).toEqual(['creating', 'available', 'in-use', 'deleting', 'error']);
  expect(snapshotState('failure : cmd error')).toBe('error');
});

it('explains as EC2 does', () => {
  expect(explainAsEc2(new ServiceFault('VolumeInUse', 'Detach it first.', 'req-1'))).toEqual({
    exitCode: 1,
    sentence: 'Client.VolumeInUse: Detach it first.',
  });
  expect(explainAsEc2(new ServiceFault('Unavailable', 'Later.'))).toMatchObject({
    sentence: 'Server.Unavailable: Later.',
  });
  expect(explainAsEc2(new UsageError('No.'))).toEqual({ exitCode: 1, sentence: 'No.' });
});
