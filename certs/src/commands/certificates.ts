import { readFile } from 'node:fs/promises';
import type { Terms } from '../authorityFolder.js';
import type { Claim } from '../claims.js';
import { exists, writeNew } from '../files.js';
import { generateKeys, privateKeyToPem } from '../keys.js';
import { SERVICE_UNITS, type ServiceUnit, serviceName, userName } from '../names.js';
import { Refusal } from '../refusal.js';
import { createSigningRequest } from '../signingRequest.js';
import { type Arguments, UsageError } from './arguments.js';
import { openFolder } from './authority.js';
import type { Command } from './command.js';
import { handOut } from './output.js';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const hosts = { ...text, multiple: true } as const;
const days = { type: 'string', default: '365' } as const;
const unit = { type: 'string', default: 'services' } as const;
const UNIT = `[--unit ${SERVICE_UNITS.slice(1).join('|')}]`;
const CLAIM = '[--renew|--replace]';

export const request: Command = {
  usage:
    'request (--user NAME | --service NAME --host HOST…) [--organisation VBS-Lustre] [--out FILE]',
  summary: 'makes FILE.key, which stays where it is, and FILE.csr for the operator',
  options: {
    user: text,
    service: text,
    host: hosts,
    organisation: { ...text, default: 'VBS-Lustre' },
    out: text,
  },
  names: 0,
  async run(args) {
    const organisation = args.text('organisation');
    const service = args.optional('service');
    if (service !== undefined && args.optional('user') !== undefined) {
      throw new UsageError('--user or --service: not both.');
    }
    const out = args.optional('out') ?? service ?? args.text('user');
    await refuseToReplace(`${out}.key`, `${out}.csr`);
    const made = service
      ? await createSigningRequest(
          serviceName(organisation, 'services', service),
          args.list('host'),
        )
      : await createSigningRequest(userName(organisation, args.text('user')));
    await writeNew(`${out}.key`, made.privateKeyPem, 0o600);
    await writeNew(`${out}.csr`, made.requestPem, 0o644);
    return `${out}.key: keep it to yourself\n${out}.csr: send it to the operator\n`;
  },
};

export const sign: Command = {
  usage: `sign --folder DIR FILE.csr [--days 365] ${CLAIM} [--out FILE.crt]`,
  summary: 'certifies a user; prints the user id',
  options: { folder: text, days, renew: flag, replace: flag, out: text },
  names: 1,
  async run(args) {
    const requestPem = await readFile(args.name, 'utf8');
    const issued = await openFolder(args).sign(requestPem, termsOf(args));
    return handOut(issued, certificateFile(args));
  },
};

export const signService: Command = {
  usage: `sign-service --folder DIR FILE.csr ${UNIT} [--host HOST…] [--days 365] ${CLAIM} [--out FILE.crt]`,
  summary: 'certifies a service; --host instead of the names and addresses in the request',
  options: { folder: text, unit, host: hosts, days, renew: flag, replace: flag, out: text },
  names: 1,
  async run(args) {
    const requestPem = await readFile(args.name, 'utf8');
    const issued = await openFolder(args).signService(
      requestPem,
      unitOf(args),
      args.some('host'),
      termsOf(args),
    );
    const names = `for ${issued.serverNames.join(', ')}\n`;
    return `${await handOut(issued, certificateFile(args))}${names}`;
  },
};

export const issueService: Command = {
  usage: `issue-service --folder DIR --name NAME ${UNIT} --host HOST… [--days 365] [--replace] [--out FILE]`,
  summary: 'makes FILE.key and FILE.crt of a service; --host once for each name and address',
  options: { folder: text, name: text, unit, host: hosts, days, replace: flag, out: text },
  names: 0,
  async run(args) {
    const name = args.text('name');
    const out = args.optional('out') ?? name;
    await refuseToReplace(`${out}.key`, `${out}.crt`);
    const keys = await generateKeys();
    const folder = openFolder(args);
    const names = args.list('host');
    const issued = await folder.issueService(
      name,
      unitOf(args),
      keys.publicKey,
      names,
      termsOf(args),
    );
    await writeNew(`${out}.key`, privateKeyToPem(keys.privateKey), 0o600);
    return `${await handOut(issued, `${out}.crt`)}${out}.key: move it to the host\n`;
  },
};

export const renew: Command = {
  usage: 'renew --folder DIR NAME|SERIAL [--days 365] [--out FILE.crt]',
  summary: 'another certificate for the same key, subject and hosts',
  options: { folder: text, days, out: text },
  names: 1,
  async run(args) {
    const issued = await openFolder(args).renew(args.name, args.days());
    return handOut(issued, args.optional('out') ?? `${args.name}.crt`);
  },
};

function termsOf(args: Arguments): Terms {
  return { days: args.days(), claim: claimOf(args) };
}

function unitOf(args: Arguments): ServiceUnit {
  const named = args.text('unit');
  const known = SERVICE_UNITS.find((each) => each === named);
  if (known) return known;
  throw new UsageError(`--unit is one of ${SERVICE_UNITS.join(', ')}.`);
}

function claimOf(args: Arguments): Claim {
  const [renewal, replacement] = [args.flag('renew'), args.flag('replace')];
  if (renewal && replacement) throw new UsageError('--renew or --replace: not both.');
  if (renewal) return 'renewal';
  return replacement ? 'replacement' : 'first';
}

/** Beside the request, unless told otherwise. */
function certificateFile(args: Arguments): string {
  return args.optional('out') ?? `${args.name.replace(/\.csr$/, '')}.crt`;
}

async function refuseToReplace(...files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (await exists(file)) throw new Refusal(`${file} exists already.`);
  }
}
