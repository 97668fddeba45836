import type { ServiceContext } from '@vbs-lustre/shared/service';
import { SettingsError } from '@vbs-lustre/shared/settings';
import { type CallbackClient, connectCallback } from './ports.js';

/** Nobody can call these. */
const UNSPECIFIED = ['0.0.0.0', '[::]'];

/** The settings of a delegate that say where its front ends are, and who. */
export interface FrontEndSettings {
  frontEnds: readonly string[];
  frontEndSubjects: readonly string[];
}

/** Clients of a delegate's front ends. */
export function connectFrontEnds(
  { frontEnds, frontEndSubjects: peers }: FrontEndSettings,
  { identity, trust, tlsAuthority }: ServiceContext,
  timeoutMs: number,
): Promise<CallbackClient[]> {
  const options = { identity, trust, tlsAuthority, peers, timeoutMs };
  return Promise.all(frontEnds.map((url) => connectCallback({ ...options, url })));
}

/**
 * Where the front ends reach a delegate.
 * @throws {SettingsError} if nobody can call its address
 */
export function addressOf({ publicUrl }: ServiceContext, path: string): string {
  if (!UNSPECIFIED.includes(new URL(publicUrl).hostname)) return `${publicUrl}${path}`;
  throw new SettingsError(
    `The setting publicUrl is missing: the front end cannot call ${publicUrl}, where this service listens.`,
  );
}
