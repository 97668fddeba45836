import { setTimeout as delay } from 'node:timers/promises';
import { type FaultCode, ServiceFault } from '@vbs-lustre/shared/faults';
import { JobFailure } from './narrator.js';

const POLL_MS = 250;
const LIMIT_MS = 300_000;

/** The fault with which a call is refused. @throws {JobFailure} if it is not refused, or with another code */
export async function refusal(code: FaultCode, call: Promise<unknown>): Promise<ServiceFault> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof ServiceFault && outcome.code === code) return outcome;
  const instead = outcome instanceof Error ? outcome.message : 'it was accepted';
  throw new JobFailure(`the refusal ${code} was expected, but: ${instead}`);
}

/** Describes something until it is available. @throws {JobFailure} if it fails or takes over five minutes */
export async function available<T extends { status: string; statusMessage?: string | undefined }>(
  describe: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const seen = await describe();
    if (seen.status === 'available') return seen;
    if (seen.status !== 'pending' || Date.now() > deadline) {
      throw new JobFailure(
        `the status is ${seen.status}: ${seen.statusMessage ?? 'no reason given'}`,
      );
    }
    await delay(POLL_MS);
  }
}

/**
 * Describes something that was deleted until it is refused with this code: a deletion that takes long is answered before its end.
 * @throws {JobFailure} if it is refused with another, is not being deleted, or takes over five minutes
 */
export async function gone(
  code: FaultCode,
  describe: () => Promise<{ status: string; statusMessage?: string | undefined }>,
): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const description = describe();
    const seen = await description.catch(() => undefined);
    if (seen?.status !== 'deleting' || Date.now() > deadline) {
      await refusal(code, description);
      return;
    }
    await delay(POLL_MS);
  }
}
