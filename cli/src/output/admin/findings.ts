import type { Finding } from '../../doctor/finding.js';
import type { Kind } from '../kind.js';

export const FINDINGS: Kind<Finding> = {
  plural: 'findings',
  columns: [
    { heading: 'LEVEL', value: ({ level }) => level },
    { heading: 'ABOUT', value: ({ about }) => about },
    { heading: 'FOUND', value: ({ problem }) => problem },
    { heading: 'TO DO', value: ({ remedy }) => remedy },
  ],
  fields: ({ level, about, problem, remedy }) => [level, about, problem, remedy],
  json: ({ level, about, problem, remedy }) => ({ level, about, problem, remedy }),
};
