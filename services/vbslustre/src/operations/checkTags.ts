import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Tag } from '../metadata/tags.js';

/** As in EC2. */
export const MAX_TAGS = 50;
const MAX_KEY = 127;
const MAX_VALUE = 255;
/** EC2's, and what this service may give itself one day. */
const RESERVED = /^(aws|vbs):/i;

/**
 * The tags of a request.
 * @throws {ServiceFault} `InvalidParameterValue`, or `TagLimitExceeded`
 */
export function checkTags(tagSet: vbslustre.TagSet | undefined): Tag[] {
  const tags = (tagSet?.item ?? []).map(({ key, value = '' }) => ({ key, value }));
  checkKeys(tags.map(({ key }) => key));
  for (const { key, value } of tags) {
    if (RESERVED.test(key)) throw invalid('has a key with the reserved prefix aws: or vbs:');
    if (lengthOf(value) > MAX_VALUE)
      throw invalid(`has a value of more than ${MAX_VALUE} characters`);
  }
  return tags;
}

/** @throws {ServiceFault} `InvalidParameterValue`, or `TagLimitExceeded` */
export function checkKeys(keys: readonly string[]): void {
  if (keys.length > MAX_TAGS) throw tooManyTags();
  for (const key of keys) {
    if (key === '' || lengthOf(key) > MAX_KEY) {
      throw invalid(`has a key that is not of 1 to ${MAX_KEY} characters`);
    }
  }
  if (new Set(keys).size < keys.length) throw invalid('has a key twice');
}

export function tooManyTags(id?: string): ServiceFault {
  const what = id === undefined ? 'A volume or snapshot' : id;
  return new ServiceFault(
    'TagLimitExceeded',
    `${what} can have at most ${MAX_TAGS} tags, and a request can name as many.`,
  );
}

/** In characters, whatever UTF-16 makes of them. */
function lengthOf(text: string): number {
  return [...text].length;
}

function invalid(complaint: string): ServiceFault {
  return new ServiceFault('InvalidParameterValue', `The parameter tagSet ${complaint}.`);
}
