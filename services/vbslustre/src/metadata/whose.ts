import type { Knex } from 'knex';

/** Whose; everybody's if undefined. */
export type Whose = string | undefined;

/** Of these rows only an owner's. */
export function of(owner: Whose, rows: Knex.QueryBuilder): Knex.QueryBuilder {
  return owner === undefined ? rows : rows.where({ owner });
}
