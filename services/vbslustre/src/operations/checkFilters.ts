import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { TAG } from '../metadata/filters.js';
import type { Filters } from '../metadata/pages.js';

/** As in EC2. */
const MAX_VALUES = 200;
const STATUSES = ['pending', 'available', 'in-use', 'deleting', 'failure : cmd error'];

/**
 * The filters of a request, by name.
 * @param names of those that there are
 * @throws {ServiceFault} `InvalidParameterValue`
 */
export function checkFilters(
  filterSet: vbslustre.FilterSet | undefined,
  names: readonly string[],
): Filters {
  const filters = new Map<string, readonly string[]>();
  for (const { name, valueSet } of filterSet?.item ?? []) {
    if (!names.includes(name) && !name.startsWith(TAG)) {
      throw invalid(`can have the names ${names.join(', ')}, ${TAG}KEY`);
    }
    if (filters.has(name)) throw invalid(`has ${name} twice; give it several values instead`);
    const values = valueSet.item.map(({ value = '' }) => value);
    if (values.length === 0) throw invalid(`has no value for ${name}`);
    checkStatus(name, values);
    filters.set(name, values);
  }
  const count = [...filters.values()].flat().length;
  if (count > MAX_VALUES) throw invalid(`has more than ${MAX_VALUES} values`);
  return filters;
}

/** A status that does not exist is a mistake: there never is any such volume. */
function checkStatus(name: string, values: readonly string[]): void {
  if (name !== 'status' || values.every((value) => STATUSES.includes(value))) return;
  throw invalid(`can have for status the values ${STATUSES.join(', ')}`);
}

function invalid(complaint: string): ServiceFault {
  return new ServiceFault('InvalidParameterValue', `The parameter filterSet ${complaint}.`);
}
