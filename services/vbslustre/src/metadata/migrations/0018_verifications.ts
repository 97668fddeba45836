import type { Knex } from 'knex';

/** Snapshots that a Volume Delegate reads, to see whether they are what they were. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('verifications', (table) => {
    // Of the snapshot.
    table.string('id', 30).primary();
    table.text('owner').notNullable();
    table.bigInteger('size_bytes').notNullable();
    table.string('status', 30).notNullable().index();
    table.string('create_time', 30).notNullable();
    table.string('changed_at', 30).notNullable();
    table.string('order_id', 30).notNullable().index();
    table.text('delegate').notNullable();
    table.string('lease_until', 30).notNullable();
    table.bigInteger('bytes_done');
  });
  await knex.schema.alterTable('snapshots', (table) => {
    // Whether it is in that table, and what came of the last time. Never: null.
    table.boolean('verifying').notNullable().defaultTo(false);
    table.string('verify_state', 20);
    table.string('verify_time', 30);
    table.text('verify_message');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('snapshots', (table) => {
    table.dropColumns('verifying', 'verify_state', 'verify_time', 'verify_message');
  });
  await knex.schema.dropTable('verifications');
}
