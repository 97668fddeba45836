import { UsageError } from '../commandError.js';
import { FORMATS, type Format } from '../output/kind.js';
import { type Profile, readProfile } from './profiles.js';

/** As the front end of the trial deployment, and what `vbs-certs` issues for one of this name. */
export const USUAL_SERVICE = 'CN=vbslustre,OU=services,O=VBS-Lustre';
/** The path of the front end's service, where an endpoint has none. */
const PATH = '/vbslustre';

/** What the flags say, by their names. */
export interface Flags {
  profile?: string | undefined;
  endpoint?: readonly string[] | undefined;
  certificate?: string | undefined;
  privateKey?: string | undefined;
  authority?: string | undefined;
  service?: string | undefined;
  vmm?: string | undefined;
  output?: string | undefined;
}

/** What is set, by flags before variables before the profile. */
export interface Settings {
  endpoints: readonly string[];
  certificate: string | undefined;
  privateKey: string | undefined;
  authority: string | undefined;
  service: string;
  vmm: string | undefined;
  output: Format;
}

/** Settings that a connection needs. */
export type Connection = Settings & {
  certificate: string;
  privateKey: string;
  authority: string;
};

type Environment = Readonly<Record<string, string | undefined>>;
type Name = Exclude<keyof Profile, 'endpoint'>;

/** How to set what a connection can't be without. */
const NEEDED = {
  endpoint: '--endpoint URL or VBS_ENDPOINT',
  certificate: '--certificate FILE or VBS_CERTIFICATE',
  privateKey: '--private-key FILE or VBS_PRIVATE_KEY',
  authority: '--authority FILE or VBS_AUTHORITY',
} as const;

/** @throws {UsageError} */
export function readSettings(flags: Flags, env: Environment): Settings {
  const profile = readProfile(env, flags.profile ?? (env.VBS_PROFILE || undefined));
  const value = (name: Name): string | undefined =>
    flags[name] ?? (env[variableOf(name)] || undefined) ?? profile[name];
  const output = value('output') ?? 'table';
  if (!isFormat(output)) {
    throw new UsageError(`The output ${output} is none of ${FORMATS.join(', ')}.`);
  }
  const given = flags.endpoint ?? (env.VBS_ENDPOINT || undefined) ?? profile.endpoint ?? [];
  return {
    endpoints: endpointsIn([given].flat()),
    certificate: value('certificate'),
    privateKey: value('privateKey'),
    authority: value('authority'),
    service: value('service') ?? USUAL_SERVICE,
    vmm: value('vmm'),
    output,
  };
}

/** @throws {UsageError} naming what is missing, and how to set it */
export function forConnection(settings: Settings): Connection {
  const { endpoints, certificate, privateKey, authority } = settings;
  const [endpoint] = endpoints;
  const values = { endpoint, certificate, privateKey, authority };
  const missing = Object.entries(NEEDED).filter(([name]) => !values[name as keyof typeof values]);
  if (missing.length > 0) throw unset(missing.map(([, how]) => how));
  return settings as Connection;
}

/** @throws {UsageError} if no certificate is set */
export function certificateOf({ certificate }: Settings): string {
  if (certificate) return certificate;
  throw unset([NEEDED.certificate]);
}

/** URLs, each of them by itself or several with commas between them. @throws {UsageError} */
export function endpointsIn(given: readonly string[]): string[] {
  const texts = given.flatMap((each) => each.split(',')).map((each) => each.trim());
  return texts.filter((each) => each !== '').map(endpoint);
}

function endpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') {
    throw new UsageError(
      `The endpoint ${text} is no address such as https://vbs.example.org:8443.`,
    );
  }
  if (url.pathname === '/') url.pathname = PATH;
  return url.href;
}

function unset(ways: readonly string[]): UsageError {
  return new UsageError(`Not everything is set: give ${ways.join(', ')}, or run vbs configure.`);
}

function isFormat(text: string): text is Format {
  return (FORMATS as readonly string[]).includes(text);
}

/** `privateKey` → `VBS_PRIVATE_KEY`. */
function variableOf(name: Name): string {
  return `VBS_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}
