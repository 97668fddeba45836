import { serviceSettings } from '@vbs-lustre/shared/service';
import { path } from '@vbs-lustre/shared/settings';
import { z } from 'zod';
import { driverNames } from './hypervisors/open.js';

export const PREFIX = 'VMM_DELEGATE';

/** The settings of a VMM Delegate; the descriptions are the README's table. */
export const settingsSchema = z.object({
  ...serviceSettings(8445),
  frontEnds: z
    .array(z.url())
    .min(1)
    .describe('Callback addresses of the front ends, to which it announces itself'),
  frontEndSubjects: z
    .array(z.string().min(1))
    .min(1)
    .describe('Subject names of the front ends: nobody else is obeyed or believed'),
  volumeDirectory: path().describe('Where volume files lie, as this host sees them'),
  hypervisor: z.enum(driverNames).describe('The hypervisor of this host'),
  xenProgram: z.string().default('xl').describe('xen: the toolstack’s program, xl or xm'),
  xenSyntax: z.enum(['xl', 'xm']).default('xl').describe('xen: how it wants a disk described'),
  xenstoreSocket: path().default('/run/xenstored/socket').describe('xen: where xenstored listens'),
  clonePauseMilliseconds: z
    .number()
    .int()
    .min(0)
    .default(1000)
    .describe(
      'xen: for how long a machine may be paused, if nobody has said it, for a snapshot of a disk that it writes and whose file can be cloned',
    ),
  maxPauseMilliseconds: z
    .number()
    .int()
    .min(0)
    .max(600_000)
    .default(60_000)
    .describe(
      'xen: for how long a machine may be paused for a snapshot at the most, whoever wants it',
    ),
  pausedCopyMiBPerSecond: z
    .number()
    .int()
    .min(1)
    .default(100)
    .describe(
      'xen: how fast a file that can’t be cloned is copied, by which it is estimated how long a machine would be paused',
    ),
  qmpDirectory: path().optional().describe('qemu: folder of the QMP sockets, NAME.qmp for each VM'),
  copyMiBPerSecond: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('qemu: how fast each snapshot of a disk that is written may be copied; 0: no limit'),
  hypervisorTimeoutSeconds: z
    .number()
    .int()
    .min(1)
    .default(45)
    .describe(
      'How long the hypervisor may take for one order; Xen, which gives a guest 10 and its block script 40, gets a minute at least',
    ),
  guardSeconds: z
    .number()
    .int()
    .min(1)
    .default(10)
    .describe('How often this host’s claims on volumes are compared with the hypervisor’s list'),
  commandTimeoutSeconds: z
    .number()
    .int()
    .min(1)
    .default(15)
    .describe('Limit of looks at the file system'),
});

export type Settings = z.output<typeof settingsSchema>;
