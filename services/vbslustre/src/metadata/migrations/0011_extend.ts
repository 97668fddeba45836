import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('volumes', (table) => {
    // Of the last ModifyVolume: modifying, completed or failed; none: null.
    table.string('modification_state', 30);
    table.bigInteger('target_size_bytes');
    // Why it has failed, or what it waits for.
    table.text('modification_message');
    // Since when the file has its new size, and only the machines are yet to be told.
    table.string('extended_at', 30);
  });
  await knex.schema.alterTable('delegates', (table) => {
    // Of a VMM Delegate: whether its hypervisor can tell a machine that a disk has become larger.
    table.boolean('resizes').notNullable().defaultTo(false);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('delegates', (table) => table.dropColumn('resizes'));
  await knex.schema.alterTable('volumes', (table) => {
    for (const column of [
      'modification_state',
      'target_size_bytes',
      'modification_message',
      'extended_at',
    ]) {
      table.dropColumn(column);
    }
  });
}
