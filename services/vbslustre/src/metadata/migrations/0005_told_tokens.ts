import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('client_tokens', (table) => {
    // Whether a retry was told of the resource while it was being made: then that is not taken back any more.
    table.boolean('told').notNullable().defaultTo(false);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('client_tokens', (table) => table.dropColumn('told'));
}
