import { resolve } from 'node:path';
import { serviceSettings } from '@vbs-lustre/shared/service';
import { z } from 'zod';
import { isPostgresUrl } from './metadata/openPostgres.js';

export const PREFIX = 'VBSLUSTRE';

const delegate = {
  url: z.url(),
  /** Who signs its answers and, of a Volume Delegate, its callbacks. */
  subject: z.string().min(1),
};

/** A path, or the URL of a PostgreSQL database. What is wrong about a URL is not told: it has a password. */
function database() {
  const isRight = (text: string): boolean =>
    isPostgresUrl(text) ? URL.canParse(text) : text !== '' && !/^[a-z]+:\/\//i.test(text);
  return z
    .string()
    .refine(isRight, 'it is neither a path nor a URL postgres://…')
    .transform((text) => (isPostgresUrl(text) ? text : resolve(text)));
}

/** The settings of the front end; the descriptions are the README's table. */
export const settingsSchema = z.object({
  ...serviceSettings(8443),
  database: database().describe(
    'Of the metadata: an SQLite file, made if it is missing; or postgres://USER:PASSWORD@HOST/NAME, for several front ends',
  ),
  volumeDelegates: z
    .array(z.strictObject({ name: z.string().min(1), ...delegate }))
    .min(1)
    .describe('List of {name, url, subject}: all see the same volume directory'),
  vmmDelegates: z
    .array(z.strictObject({ host: z.string().min(1), ...delegate }))
    .describe(
      'List of {host, url, subject}: one on every hypervisor; host is the vmm of AttachVolume, and the CN of the subject',
    ),
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
