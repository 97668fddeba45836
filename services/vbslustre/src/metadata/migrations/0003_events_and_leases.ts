import type { Knex } from 'knex';

/** Times are ISO 8601 texts in UTC. */
export async function up(knex: Knex): Promise<void> {
  // What one instance of the front end does for all: who does it, until when, by the database's clock.
  await knex.schema.createTable('leases', (table) => {
    table.string('name', 30).primary();
    table.text('holder').notNullable();
    table.string('until', 30).notNullable();
  });
  // What was done without a user's request, or at a risk.
  await knex.schema.createTable('events', (table) => {
    table.increments('id');
    table.string('time', 30).notNullable().index();
    table.text('instance').notNullable();
    table.string('subject_id', 255).notNullable().index();
    table.string('action', 30).notNullable();
    table.text('reason').notNullable();
    // JSON.
    table.text('details').notNullable();
  });
  for (const files of ['volumes', 'snapshots']) {
    await knex.schema.alterTable(files, (table) => {
      // Since when a failure is one because the file is not there, or not as it was made.
      table.string('lost_at', 30);
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const files of ['volumes', 'snapshots']) {
    await knex.schema.alterTable(files, (table) => table.dropColumn('lost_at'));
  }
  await knex.schema.dropTable('events');
  await knex.schema.dropTable('leases');
}
