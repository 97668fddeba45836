import { readFile } from 'node:fs/promises';
import { AuthorityFolder } from '../authorityFolder.js';
import { writeWhole } from '../files.js';
import { SERVICE_UNITS } from '../names.js';
import { REASONS, type Reason } from '../revocationList.js';
import { type Arguments, UsageError } from './arguments.js';
import type { Command } from './command.js';
import { day, table } from './output.js';

const folder = { type: 'string' } as const;
const days = (count: number) => ({ type: 'string', default: String(count) }) as const;

export const init: Command = {
  usage: 'init --folder DIR [--organisation VBS-Lustre] [--name "VBS-Lustre CA"] [--days 3650]',
  summary: 'makes a certificate authority',
  options: {
    folder,
    organisation: { type: 'string', default: 'VBS-Lustre' },
    name: { type: 'string', default: 'VBS-Lustre CA' },
    days: days(3650),
  },
  names: 0,
  async run(args) {
    const authority = openFolder(args);
    const subject = [
      { shortName: 'O', value: args.text('organisation') },
      { shortName: 'CN', value: args.text('name') },
    ] as const;
    await authority.create({ subject, days: args.days() });
    return `${authority.directory}: ca.crt is for everyone, ca.key for nobody.\n`;
  },
};

export const revoke: Command = {
  usage: `revoke --folder DIR NAME|SERIAL [--reason REASON]`,
  summary: `makes certificates invalid (${Object.keys(REASONS).join(', ')})`,
  options: { folder, reason: { type: 'string', default: 'unspecified' } },
  names: 1,
  async run(args) {
    const revoked = await openFolder(args).revoke(args.name, readReason(args.text('reason')));
    const lines = revoked.map(({ serial, subject }) => `${subject}: serial ${serial} is revoked\n`);
    return `${lines.join('')}It takes effect with the next list: vbs-certs crl.\n`;
  },
};

function readReason(text: string): Reason {
  if (Object.hasOwn(REASONS, text)) return text as Reason;
  throw new UsageError(`--reason is one of ${Object.keys(REASONS).join(', ')}.`);
}

export const crl: Command = {
  usage: 'crl --folder DIR [--days 7] [--out FILE.crl]',
  summary: 'writes the list of what is revoked, valid for some days; --out for a copy of it',
  options: { folder, days: days(7), out: { type: 'string' } },
  names: 0,
  async run(args) {
    const { file, nextUpdate } = await openFolder(args).writeRevocationList(args.days());
    const copy = args.optional('out');
    // Whole from its first moment, as `cp` would not make it: who reads it must not take half a list for all.
    if (copy) await writeWhole(copy, await readFile(file, 'utf8'), 0o644);
    return `${copy ?? file}: to be followed by the next before ${day(nextUpdate.toISOString())}\n`;
  },
};

export const renewAuthority: Command = {
  usage: 'renew-authority --folder DIR [--days 3650]',
  summary: "another ca.crt for the authority's key and name",
  options: { folder, days: days(3650) },
  names: 0,
  async run(args) {
    const authority = openFolder(args);
    const notAfter = await authority.renewAuthority(args.days());
    return `${authority.directory}: ca.crt is new, valid until ${day(notAfter.toISOString())}; copy it to where the old one is\n`;
  },
};

export const list: Command = {
  usage: 'list --folder DIR [--users|--services]',
  summary: 'shows all certificates that were issued',
  options: { folder, users: { type: 'boolean' }, services: { type: 'boolean' } },
  names: 0,
  async run(args) {
    const chosen = Object.keys(UNITS).filter((each) => args.flag(each));
    if (chosen.length > 1) throw new UsageError('--users or --services: not both.');
    const entries = await openFolder(args).list();
    return table(entries.filter(({ subject }) => isOf(subject, UNITS[chosen[0] ?? ''])));
  },
};

const UNITS: Readonly<Record<string, readonly string[]>> = {
  users: ['users'],
  services: SERVICE_UNITS,
};

/** What an escape is in a name (RFC 4514, 2.4) must not look like the end of its first part. */
function isOf(subject: string, units: readonly string[] | undefined): boolean {
  const start = String.raw`^CN=([^\\,]|\\.)*,OU=`;
  return units === undefined || new RegExp(`${start}(${units.join('|')}),O=`).test(subject);
}

export function openFolder(args: Arguments): AuthorityFolder {
  return new AuthorityFolder(args.text('folder'));
}
