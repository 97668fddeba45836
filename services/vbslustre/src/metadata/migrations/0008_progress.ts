import type { Knex } from 'knex';

const FILE_TABLES = ['volumes', 'snapshots'];

export async function up(knex: Knex): Promise<void> {
  for (const name of FILE_TABLES) {
    await knex.schema.alterTable(name, (table) => {
      // While it is pending: what its Volume Delegate has said last. Not known: null.
      table.bigInteger('bytes_done');
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of FILE_TABLES) {
    await knex.schema.alterTable(name, (table) => table.dropColumn('bytes_done'));
  }
}
