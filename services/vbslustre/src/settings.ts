import { resolve } from 'node:path';
import { serviceSettings } from '@vbs-lustre/shared/service';
import { path } from '@vbs-lustre/shared/settings';
import { z } from 'zod';
import { isSubjectName } from './administrators.js';
import { isPattern } from './delegates/subjects.js';
import { isPostgresUrl } from './metadata/openPostgres.js';

export const PREFIX = 'VBSLUSTRE';

const subjects = () =>
  z.array(
    z.string().refine(isPattern, {
      error:
        'must be a subject name such as CN=lustre1,OU=volume-delegates,O=VBS-Lustre, or begin with CN=*,',
    }),
  );

/** A path, or the URL of a PostgreSQL database. What is wrong about a URL is not told: it has a password. */
function database() {
  const isRight = (text: string): boolean =>
    isPostgresUrl(text) ? URL.canParse(text) : text !== '' && !/^[a-z]+:\/\//i.test(text);
  return z
    .string()
    .refine(isRight, 'it is neither a path nor a URL postgres://…')
    .transform((text) => (isPostgresUrl(text) ? text : resolve(text)));
}

const quota = () => z.number().int().min(0).optional();

/** The settings of the front end; the descriptions are the README's table. */
export const settingsSchema = z.object({
  ...serviceSettings(8443),
  database: database().describe(
    'Of the metadata: an SQLite file, made if it is missing; or postgres://USER:PASSWORD@HOST/NAME, for several front ends',
  ),
  volumeDelegateSubjects: subjects()
    .min(1)
    .describe('Subject names of the Volume Delegates; CN=*,… stands for every name'),
  vmmDelegateSubjects: subjects().describe(
    'Subject names of the VMM Delegates, each named like its host; CN=*,… stands for every name',
  ),
  administrators: z
    .array(
      z.string().refine(isSubjectName, {
        error: 'must be a whole subject name such as CN=admin,OU=users,O=VBS-Lustre',
      }),
    )
    .optional()
    .describe('Subject names of the users who are administrators, each as its certificate has it'),
  auditLog: path()
    .optional()
    .describe(
      'File to which each change, and each message that is not believed, is appended as a line of JSON; without it there is none, and the log has to do',
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
  maxWarmClones: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(4)
    .describe(
      'How many volumes of a snapshot its owner may have kept ready (`EnableFastSnapshotRestores`); 0: none are',
    ),
  warmCloneMarginGiB: z
    .number()
    .int()
    .min(0)
    .default(10)
    .describe('Space that such volumes leave free, beside all that is promised'),
  checksumSnapshots: z
    .boolean()
    .default(false)
    .describe(
      'Every snapshot gets a SHA-256 of its data, with which what is made of it is compared; else those created with `checksum=true`',
    ),
  quotas: z
    .strictObject({
      volumes: quota(),
      snapshots: quota(),
      gib: quota(),
      attachments: quota(),
      exports: quota(),
    })
    .optional()
    .describe(
      'How many `volumes`, `snapshots` and `attachments` a user may have, how many `gib` of volumes and snapshots together, and how many `exports` at once; 0 or absent: any number',
    ),
  delegateTimeoutSeconds: z
    .number()
    .int()
    .min(1)
    .default(50)
    .describe('How long a delegate’s answer is waited for: longer than a hypervisor takes'),
  reconcileSeconds: z
    .number()
    .int()
    .min(0)
    .default(10)
    .describe('How often records, files and devices are compared, and put right; 0: never'),
});

export type Settings = z.output<typeof settingsSchema>;
