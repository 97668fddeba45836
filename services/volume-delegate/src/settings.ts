import { serviceSettings } from '@vbs-lustre/shared/service';
import { path } from '@vbs-lustre/shared/settings';
import { z } from 'zod';
import { BLANKS } from './jobs/fill.js';

export const PREFIX = 'VOLUME_DELEGATE';

const stripeSize = () =>
  z.string().regex(/^\d+[KMG]$/, 'must be a number with K, M or G, such as 4M');
const stripeCount = () => z.number().int().min(1).max(2000);
/** Lustre has no more than 16 of them. */
const mirrors = () => z.number().int().min(1).max(16);

/** The settings of a Volume Delegate; the descriptions are the README's table. */
export const settingsSchema = z.object({
  ...serviceSettings(8444),
  frontEnds: z.array(z.url()).min(1).describe('Callback addresses of the front ends, told in turn'),
  frontEndSubjects: z
    .array(z.string().min(1))
    .min(1)
    .describe('Subject names of the front ends: nobody else is obeyed or believed'),
  volumeDirectory: path().describe('Where volume and snapshot files lie: a folder on Lustre'),
  exchangeDirectory: path()
    .optional()
    .describe(
      'Where users hand in files to import and fetch what they export: a folder in the file system of the volumes, beside theirs; none: they can’t',
    ),
  stateDirectory: path().describe('Folder on a local disk for the journal of orders'),
  storage: z
    .enum(['auto', 'posix', 'lustre'])
    .default('auto')
    .describe('What the volume directory must lie on; auto looks'),
  blank: z
    .enum(BLANKS)
    .default('auto')
    .describe(
      'How empty volumes are made: `zero` writes them, `reserve` has the file system set their space aside, `thin` does neither; `auto`: `reserve`, or `zero` where the file system cannot',
    ),
  overCommit: z
    .number()
    .min(1)
    .max(1000)
    .default(1)
    .describe(
      'How many times over space is promised to thin volumes and clones: above 1 they can run out of it',
    ),
  stripeSize: stripeSize().default('4M').describe('Lustre stripe size of new files'),
  stripeCount: stripeCount().default(2).describe('Lustre stripe count of new files'),
  mirrors: mirrors()
    .default(1)
    .describe(
      'Copies of their data that new files have on Lustre, which are brought in step whenever nobody writes them; they take so many times the space',
    ),
  resyncSeconds: z
    .number()
    .int()
    .min(1)
    .default(60)
    .describe('How often mirrors of volumes that nobody writes are looked after, at most'),
  volumeTypes: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]{1,32}$/, 'must be a name of letters, digits and dashes'),
      z.strictObject({
        blank: z.enum(BLANKS).optional(),
        stripeSize: stripeSize().optional(),
        stripeCount: stripeCount().optional(),
        pool: z.string().min(1).optional(),
        mirrors: mirrors().optional(),
      }),
    )
    .default({})
    .describe(
      'Types of volumes that users can name, each with any of `blank`, `stripeSize`, `stripeCount`, `pool` (of OSTs) and `mirrors`, such as `{"fast":{"stripeCount":8,"pool":"flash"}}`',
    ),
  reserveMiB: z.number().int().min(0).default(16).describe('Never promised, on each OST'),
  maxJobs: z.number().int().min(1).default(2).describe('Files that are written or copied at once'),
  maxMiBPerSecond: z
    .number()
    .min(1)
    .optional()
    .describe(
      'What this delegate writes, or reads for checksums, at most, in MiB a second: each of the `maxJobs` has its share; none: as fast as it goes',
    ),
  splitGiB: z
    .number()
    .min(1 / 256)
    .optional()
    .describe(
      'Of a larger file that is copied, other Volume Delegates copy pieces of this size as well; none: nobody helps',
    ),
  maxQueuedJobs: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(100)
    .describe('More get RequestLimitExceeded'),
  commandTimeoutSeconds: z
    .number()
    .int()
    .min(1)
    .default(30)
    .describe('Limit of commands that move no data (lfs, stat, ln, rm)'),
  qemuImg: z
    .string()
    .default('qemu-img')
    .describe(
      'The qemu-img program, which copies; where it is not installed, or older than QEMU 5.0, cp does',
    ),
  lfs: z.string().default('lfs').describe('The lfs program'),
  stat: z.string().default('stat').describe('The stat program'),
});

export type Settings = z.output<typeof settingsSchema>;
