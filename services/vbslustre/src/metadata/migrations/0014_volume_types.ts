import type { Knex } from 'knex';

const FILE_TABLES = ['volumes', 'snapshots'];

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('volumes', (table) => {
    table.string('volume_type', 32);
    table.boolean('read_only').notNullable().defaultTo(false);
  });
  for (const name of FILE_TABLES) {
    await knex.schema.alterTable(name, (table) => {
      // As its Volume Delegate has told; not known: null.
      table.string('creation_method', 20);
    });
  }
  await knex.schema.alterTable('delegates', (table) => {
    // Of a Volume Delegate, as JSON: names.
    table.text('volume_types').notNullable().defaultTo('[]');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('delegates', (table) => table.dropColumn('volume_types'));
  for (const name of FILE_TABLES) {
    await knex.schema.alterTable(name, (table) => table.dropColumn('creation_method'));
  }
  await knex.schema.alterTable('volumes', (table) => table.dropColumns('volume_type', 'read_only'));
}
