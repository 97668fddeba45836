import type { Command } from 'commander';
import type { Io } from '../io.js';
import { ec2AttachVolume } from './attachVolume.js';
import { ec2CreateSnapshot } from './createSnapshot.js';
import { ec2CreateVolume } from './createVolume.js';
import { ec2DeleteSnapshot } from './deleteSnapshot.js';
import { ec2DeleteVolume } from './deleteVolume.js';
import { ec2DescribeSnapshotAttribute } from './describeSnapshotAttribute.js';
import { ec2DescribeSnapshots } from './describeSnapshots.js';
import { ec2DescribeVolumes } from './describeVolumes.js';
import { ec2DetachVolume } from './detachVolume.js';
import { ec2ModifySnapshotAttribute } from './modifySnapshotAttribute.js';
import { ec2ModifyVolume } from './modifyVolume.js';

/** EC2's tools, by their names. */
export const EC2_PROGRAMS: ReadonlyMap<string, (io: Io) => Command> = new Map([
  ['ec2-attach-volume', ec2AttachVolume],
  ['ec2-create-snapshot', ec2CreateSnapshot],
  ['ec2-create-volume', ec2CreateVolume],
  ['ec2-delete-snapshot', ec2DeleteSnapshot],
  ['ec2-delete-volume', ec2DeleteVolume],
  ['ec2-describe-snapshot-attribute', ec2DescribeSnapshotAttribute],
  ['ec2-describe-snapshots', ec2DescribeSnapshots],
  ['ec2-describe-volumes', ec2DescribeVolumes],
  ['ec2-detach-volume', ec2DetachVolume],
  ['ec2-modify-snapshot-attribute', ec2ModifySnapshotAttribute],
  ['ec2-modify-volume', ec2ModifyVolume],
]);
