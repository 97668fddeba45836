import { readFile } from 'node:fs/promises';
import { exists, writeNew } from '../files.js';
import { generateKeys, privateKeyToPem } from '../keys.js';
import { Refusal } from '../refusal.js';
import { createSigningRequest } from '../signingRequest.js';
import { openFolder } from './authority.js';
import type { Command } from './command.js';
import { handOut } from './output.js';

const text = { type: 'string' } as const;
const days = { type: 'string', default: '365' } as const;

export const request: Command = {
  usage: 'request --user NAME [--organisation VBS-Lustre] [--out FILE]',
  summary: "makes a user's FILE.key, which stays there, and FILE.csr for the operator",
  options: { user: text, organisation: { ...text, default: 'VBS-Lustre' }, out: text },
  names: 0,
  async run(args) {
    const user = args.text('user');
    const out = args.optional('out') ?? user;
    const made = await createSigningRequest(args.text('organisation'), user);
    await writeNew(`${out}.key`, made.privateKeyPem, 0o600);
    await writeNew(`${out}.csr`, made.requestPem, 0o644);
    return `${out}.key: keep it to yourself\n${out}.csr: send it to the operator\n`;
  },
};

export const sign: Command = {
  usage: 'sign --folder DIR FILE.csr [--days 365] [--renew] [--out FILE.crt]',
  summary: 'certifies a user; prints the user id',
  options: { folder: text, days, renew: { type: 'boolean' }, out: text },
  names: 1,
  async run(args) {
    const folder = openFolder(args);
    const requestPem = await readFile(args.name, 'utf8');
    const issued = await folder.sign(requestPem, args.days(), args.flag('renew'));
    return handOut(issued, args.optional('out') ?? `${args.name.replace(/\.csr$/, '')}.crt`);
  },
};

export const issueService: Command = {
  usage: 'issue-service --folder DIR --name NAME --host HOST… [--days 365] [--out FILE]',
  summary: 'makes FILE.key and FILE.crt of a service; --host once for each name and address',
  options: { folder: text, name: text, host: { ...text, multiple: true }, days, out: text },
  names: 0,
  async run(args) {
    const name = args.text('name');
    const out = args.optional('out') ?? name;
    for (const file of [`${out}.key`, `${out}.crt`]) {
      if (await exists(file)) throw new Refusal(`${file} exists already.`);
    }
    const keys = await generateKeys();
    const folder = openFolder(args);
    const issued = await folder.signService(name, keys.publicKey, args.list('host'), args.days());
    await writeNew(`${out}.key`, privateKeyToPem(keys.privateKey), 0o600);
    return `${await handOut(issued, `${out}.crt`)}${out}.key: move it to the host\n`;
  },
};

export const renew: Command = {
  usage: 'renew --folder DIR NAME|SERIAL [--days 365] [--out FILE.crt]',
  summary: 'another certificate for the same key and subject',
  options: { folder: text, days, out: text },
  names: 1,
  async run(args) {
    const issued = await openFolder(args).renew(args.name, args.days());
    return handOut(issued, args.optional('out') ?? `${args.name}.crt`);
  },
};
