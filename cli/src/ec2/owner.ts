import type { Settings } from '../settings/settings.js';
import { certificateOf } from '../settings/settings.js';

/** The user id of the caller. @throws {UsageError} */
export async function ownerOf(settings: Settings): Promise<string> {
  const { readUserCertificate } = await import('../settings/files.js');
  return readUserCertificate(certificateOf(settings)).subject;
}
