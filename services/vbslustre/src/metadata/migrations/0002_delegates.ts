import type { Knex } from 'knex';

const FILE_TABLES = ['volumes', 'snapshots'];

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('delegates', (table) => {
    table.string('kind', 10).notNullable();
    table.string('name', 64).notNullable();
    table.text('subject').notNullable();
    table.text('url').notNullable();
    // By the database's clock.
    table.string('seen_at', 30).notNullable();
    table.boolean('draining').notNullable();
    // Of a Volume Delegate.
    table.bigInteger('available_bytes').notNullable().defaultTo(0);
    table.integer('unfinished_jobs').notNullable().defaultTo(0);
    table.integer('free_jobs').notNullable().defaultTo(0);
    // Of a VMM Delegate.
    table.text('hypervisor');
    table.primary(['kind', 'name']);
  });
  for (const name of FILE_TABLES) {
    await knex.schema.alterTable(name, (table) => {
      // Until when the delegate may be at work on the order, by the database's clock: nobody else gets it before.
      table.string('lease_until', 30).notNullable().defaultTo('');
      table.index(['order_id']);
      table.index(['status']);
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of FILE_TABLES) {
    await knex.schema.alterTable(name, (table) => {
      table.dropIndex(['order_id']);
      table.dropIndex(['status']);
      table.dropColumn('lease_until');
    });
  }
  await knex.schema.dropTable('delegates');
}
