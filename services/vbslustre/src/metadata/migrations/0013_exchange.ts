import type { Knex } from 'knex';

/** Volumes that are made from files of users, and the tasks that write volumes and snapshots to such files. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('volumes', (table) => {
    // In the exchange folder of the owner, and its size when the volume was asked for.
    table.string('import_file', 128);
    table.bigInteger('import_bytes');
  });
  await knex.schema.createTable('exports', (table) => {
    table.string('id', 30).primary();
    table.text('owner').notNullable();
    // Of the volume or snapshot: not a foreign key, since a task outlives it.
    table.string('source_id', 30).notNullable();
    table.string('file_name', 128).notNullable();
    table.bigInteger('size_bytes').notNullable();
    table.string('status', 30).notNullable().index();
    table.text('status_message');
    table.string('create_time', 30).notNullable();
    table.string('changed_at', 30).notNullable();
    table.string('order_id', 30).notNullable().index();
    table.text('delegate').notNullable();
    table.string('lease_until', 30).notNullable();
    table.bigInteger('bytes_done');
    table.index(['owner', 'create_time', 'id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('exports');
  await knex.schema.alterTable('volumes', (table) => {
    table.dropColumns('import_file', 'import_bytes');
  });
}
