import type { Knex } from 'knex';

const FILE_TABLES = ['volumes', 'snapshots'];

export async function up(knex: Knex): Promise<void> {
  for (const name of FILE_TABLES) {
    await knex.schema.alterTable(name, (table) => {
      // Of one that is deleting: it was pending before, and what it is copied from is kept until that has ended.
      table.boolean('cancelled').notNullable().defaultTo(false);
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of FILE_TABLES) {
    await knex.schema.alterTable(name, (table) => table.dropColumn('cancelled'));
  }
}
