import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Kind } from './kind.js';
import type { Column } from './table.js';

type Tagged = Pick<vbslustre.Volume, 'tagSet'>;

const NAME = 'Name';

/** The name, and the other tags. */
export const TAG_COLUMNS: readonly Column<Tagged>[] = [
  { heading: 'NAME', value: (item) => nameOf(item) ?? '', isOptional: true },
  {
    heading: 'TAGS',
    value: (item) =>
      entriesOf(item)
        .filter(([key]) => key !== NAME)
        .map(([key, value]) => `${key}=${value}`)
        .join(', '),
    isOptional: true,
  },
];

/** As in the query of a URL: `Name=web+1&stage=test`. */
export function tagsInOneField(item: Tagged): string {
  return new URLSearchParams(entriesOf(item)).toString();
}

export function tagsInJson(item: Tagged): object {
  return { name: nameOf(item) ?? null, tags: Object.fromEntries(entriesOf(item)) };
}

/** What tags were given to, or taken from. */
export const TAGGED: Kind<string> = {
  plural: 'resources',
  columns: [{ heading: 'RESOURCE', value: (id) => id }],
  fields: (id) => [id],
  json: (resourceId) => ({ resourceId }),
};

function nameOf(item: Tagged): string | undefined {
  return entriesOf(item).find(([key]) => key === NAME)?.[1];
}

function entriesOf({ tagSet }: Tagged): [key: string, value: string][] {
  return (tagSet?.item ?? []).map(({ key, value = '' }) => [key, value]);
}
