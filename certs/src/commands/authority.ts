import { AuthorityFolder } from '../authorityFolder.js';
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
    return `${lines.join('')}It takes effect with the next list: run vbs-certs crl and copy ca.crl.\n`;
  },
};

function readReason(text: string): Reason {
  if (Object.hasOwn(REASONS, text)) return text as Reason;
  throw new UsageError(`--reason is one of ${Object.keys(REASONS).join(', ')}.`);
}

export const crl: Command = {
  usage: 'crl --folder DIR [--days 7]',
  summary: 'writes the list of what is revoked, valid for some days',
  options: { folder, days: days(7) },
  names: 0,
  async run(args) {
    const { file, nextUpdate } = await openFolder(args).writeRevocationList(args.days());
    return `${file}: to be followed by the next before ${day(nextUpdate.toISOString())}\n`;
  },
};

export const list: Command = {
  usage: 'list --folder DIR',
  summary: 'shows all certificates that were issued',
  options: { folder },
  names: 0,
  async run(args) {
    return table(await openFolder(args).list());
  },
};

export function openFolder(args: Arguments): AuthorityFolder {
  return new AuthorityFolder(args.text('folder'));
}
