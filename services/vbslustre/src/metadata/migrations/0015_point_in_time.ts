import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('snapshots', (table) => {
    // While a hypervisor fills its file: the host, and the machine that has the volume. Otherwise null.
    table.string('copied_on', 255);
    table.string('copied_from', 255);
    // Whether that is known to have begun; what it copies is of that moment.
    table.boolean('copy_begun').notNullable().defaultTo(false);
  });
  await knex.schema.alterTable('delegates', (table) => {
    // Of a VMM Delegate: its hypervisor can do so.
    table.boolean('copies').notNullable().defaultTo(false);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('delegates', (table) => table.dropColumn('copies'));
  await knex.schema.alterTable('snapshots', (table) => {
    table.dropColumns('copied_on', 'copied_from', 'copy_begun');
  });
}
