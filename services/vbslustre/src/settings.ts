import { serviceSettings } from '@vbs-lustre/shared/service';
import { path } from '@vbs-lustre/shared/settings';
import { z } from 'zod';
import { isPattern } from './delegates/subjects.js';

export const PREFIX = 'VBSLUSTRE';

const subjects = () =>
  z.array(
    z.string().refine(isPattern, {
      error:
        'must be a subject name such as CN=lustre1,OU=volume-delegates,O=VBS-Lustre, or begin with CN=*,',
    }),
  );

/** The settings of the front end; the descriptions are the README's table. */
export const settingsSchema = z.object({
  ...serviceSettings(8443),
  database: path().describe('SQLite file of the metadata; made if it is missing'),
  volumeDelegateSubjects: subjects()
    .min(1)
    .describe('Subject names of the Volume Delegates; CN=*,… stands for every name'),
  vmmDelegateSubjects: subjects().describe(
    'Subject names of the VMM Delegates, each named like its host; CN=*,… stands for every name',
  ),
  heartbeatSeconds: z
    .number()
    .int()
    .min(1)
    .max(5)
    .default(2)
    .describe('How often delegates announce themselves; after three times they count as gone'),
  acceptSha1Signatures: z
    .boolean()
    .default(false)
    .describe('Users’ requests may be signed with SHA-1, which is broken: only for old clients'),
  maxVolumeSizeGiB: z
    .number()
    .int()
    .min(1)
    .max(1024 * 1024)
    .default(65_536)
    .describe('Larger volumes are refused'),
  delegateTimeoutSeconds: z
    .number()
    .int()
    .min(1)
    .default(90)
    .describe('How long a delegate’s answer is waited for: longer than a hypervisor takes'),
  reconcileSeconds: z
    .number()
    .int()
    .min(1)
    .default(10)
    .describe('How often unfinished work is looked after'),
});

export type Settings = z.output<typeof settingsSchema>;
