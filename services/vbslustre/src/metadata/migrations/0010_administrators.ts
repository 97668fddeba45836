import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('user_quotas', (table) => {
    table.text('owner').primary();
    // Instead of what the settings say. Null: as they say; 0: any number.
    table.bigInteger('volumes');
    table.bigInteger('snapshots');
    table.bigInteger('gib');
    table.bigInteger('attachments');
    table.bigInteger('exports');
  });
  await knex.schema.alterTable('delegates', (table) => {
    // By an administrator; `draining` is the delegate's own word.
    table.boolean('drained').notNullable().defaultTo(false);
    // Of the last announcement; not known: null.
    table.text('version');
    table.string('certificate_until', 30);
    table.bigInteger('clock_ahead_ms');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('user_quotas');
  await knex.schema.alterTable('delegates', (table) => {
    table.dropColumns('drained', 'version', 'certificate_until', 'clock_ahead_ms');
  });
}
