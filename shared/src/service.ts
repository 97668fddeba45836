import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { AuditLog } from './auditLog.js';
import { logCommands } from './commands.js';
import { createLog, errorFields, type Log } from './log.js';
import { METRICS } from './monitor/catalogue.js';
import type { Metrics } from './monitor/metrics.js';
import { Monitor } from './monitor/monitor.js';
import type { Checks } from './monitor/readiness.js';
import { path, readSettings, SettingsError } from './settings.js';
import type { Endpoint } from './soap/endpoint.js';
import { SoapServer } from './soap/httpServer.js';
import type { Page } from './soap/page.js';
import { type Identity, loadIdentity } from './trust/identity.js';
import { TrustStore } from './trust/trustStore.js';
import type { ReplayCache } from './wssecurity/replay.js';

/** The settings that every service has. */
export const serviceSettings = (defaultPort: number) => ({
  host: z.string().default('127.0.0.1').describe('Address to listen on'),
  port: z.number().int().min(1).max(65535).default(defaultPort).describe('TCP port to listen on'),
  publicUrl: z
    .url()
    .transform((url) => new URL(url).origin)
    .optional()
    .describe('What clients call: scheme, host and port, for the served WSDL'),
  certificate: path().describe('Certificate of the service (PEM), for TLS and for signing'),
  privateKey: path().describe('Its private key (PEM), readable by its owner only'),
  trust: path().describe(
    'Folder of certificates whose holders, or whose certified holders, may call',
  ),
  tlsAuthority: path().describe('Certificate of the authority of other services’ TLS certificates'),
  maxConcurrentRequests: z
    .number()
    .int()
    .min(1)
    .default(200)
    .describe('More get RequestLimitExceeded'),
  maxConnectionsPerClient: z
    .number()
    .int()
    .min(1)
    .default(256)
    .describe('Connections from one address at once; more are closed'),
  requireTlsCertificate: z
    .boolean()
    .default(false)
    .describe('Clients must also show a trusted certificate in TLS'),
  monitorPort: z
    .number()
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('TCP port of /healthz, /readyz and /metrics, plain http; without it there are none'),
  monitorHost: z.string().default('127.0.0.1').describe('Address of these'),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('What is logged'),
  logFormat: z
    .enum(['json', 'text'])
    .default('json')
    .describe('json for machines, text for people'),
});

type ServiceShape = ReturnType<typeof serviceSettings>;
export type ServiceSettings = z.output<z.ZodObject<ServiceShape>>;

/** What a service is built from. */
export interface ServiceContext {
  log: Log;
  identity: Identity;
  trust: TrustStore;
  /** PEM. */
  tlsAuthority: string;
  /** What others call: scheme, host and port. */
  publicUrl: string;
}

/** What a service consists of beside its listener. */
export interface ServiceParts {
  endpoints: readonly Endpoint[];
  /** What else there is at its address, by the paths, if there is anything. */
  pages?: ReadonlyMap<string, Page> | undefined;
  replay: ReplayCache;
  audit?: AuditLog | undefined;
  /** Beside trust, what must be so that the service can do its work. */
  checks?: Checks;
  /** Adds what can be measured; called if the service is watched. */
  measure?(metrics: Metrics): void;
  /** Work that begins when the listener is up. */
  start?(): void;
  /** Takes no more work from now on and goes on with what it has: asked for by SIGUSR2, or before a shutdown. */
  drain?(): void;
  /** Ends what runs; called once, after the last request was answered. */
  stop?(): Promise<void>;
}

const SHUTDOWN_GRACE_MS = 10_000;
/** A shutdown that takes longer than this has gone wrong. */
const SHUTDOWN_LIMIT_MS = 20_000;

/**
 * Runs a service until SIGTERM or SIGINT: settings → log → identity and trust → its parts → https.
 * Ends the process with code 2 for wrong settings, 1 if it can't start.
 */
export async function runService<S extends ServiceShape>(
  name: string,
  prefix: string,
  schema: z.ZodObject<S>,
  build: (settings: z.output<z.ZodObject<S>>, context: ServiceContext) => Promise<ServiceParts>,
): Promise<void> {
  // A log that can't be written, because its disk is full or its reader is gone, must not end the service.
  process.stderr.on('error', () => undefined);
  try {
    const settings = readSettings(prefix, schema, {
      argv: process.argv.slice(2),
      env: process.env,
    });
    await start(name, settings as ServiceSettings, (context) => build(settings, context));
  } catch (error) {
    process.stderr.write(`${name} does not start: ${(error as Error).message}\n`);
    process.exit(error instanceof SettingsError ? 2 : 1);
  }
}

async function start(
  name: string,
  settings: ServiceSettings,
  build: (context: ServiceContext) => Promise<ServiceParts>,
): Promise<void> {
  const log = createLog({ service: name, level: settings.logLevel, format: settings.logFormat });
  logCommands(log);
  const monitor =
    settings.monitorPort === undefined
      ? undefined
      : await Monitor.start(settings.monitorHost, settings.monitorPort, log);
  const identity = await loadIdentity(settings.certificate, settings.privateKey);
  const trust = await TrustStore.open(settings.trust, log);
  const tlsAuthority = await readFile(settings.tlsAuthority, 'utf8');
  const { host, port, maxConcurrentRequests, maxConnectionsPerClient } = settings;
  const publicUrl = settings.publicUrl ?? originOf(host, port);
  const parts = await build({ log, identity, trust, tlsAuthority, publicUrl });
  const server = new SoapServer({
    host,
    port,
    publicUrl,
    maxConcurrentRequests,
    maxConnectionsPerClient,
    requiresTlsCertificate: settings.requireTlsCertificate,
    endpoints: parts.endpoints,
    pages: parts.pages,
    security: { identity, trust, replay: parts.replay, audit: parts.audit },
    log,
    meter: monitor?.meter,
  });
  await server.listen();
  if (monitor) {
    monitor.metrics.gauge(METRICS.requests, () => [{ value: server.working }]);
    parts.measure?.(monitor.metrics);
    monitor.readiness.started({ trust: () => !trust.isEmpty, ...parts.checks });
  }
  parts.start?.();
  log.info('ready', { subject: identity.certificate.subject, url: publicUrl });
  process.on('SIGUSR2', () => {
    log.info(parts.drain ? 'draining' : 'there is nothing to drain', { signal: 'SIGUSR2' });
    parts.drain?.();
  });
  let isStopping = false;
  const stop = (signal: string): void => {
    monitor?.readiness.stopping();
    if (!isStopping) void shutDown(signal, server, parts, log);
    isStopping = true;
  };
  // Not `once`: while a command runs, execa listens too, and ends the process when nobody else is left that does.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function originOf(host: string, port: number): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function shutDown(
  signal: string,
  server: SoapServer,
  parts: ServiceParts,
  log: Log,
): Promise<void> {
  log.info('stopping', { signal });
  setTimeout(() => process.exit(1), SHUTDOWN_LIMIT_MS).unref();
  try {
    parts.drain?.();
    await server.close(SHUTDOWN_GRACE_MS);
    await parts.stop?.();
    log.info('stopped');
    process.exit(0);
  } catch (error) {
    log.error('the shutdown failed', errorFields(error));
    process.exit(1);
  }
}
