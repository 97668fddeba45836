import type { Knex } from 'knex';

const FILE_TABLES = ['volumes', 'snapshots'];

/** A page of an owner's volumes or snapshots is a stretch of an index. */
export async function up(knex: Knex): Promise<void> {
  for (const name of FILE_TABLES) {
    await knex.schema.alterTable(name, (table) => {
      table.index(['owner', 'create_time', 'id']);
      table.dropIndex(['owner']);
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of FILE_TABLES) {
    await knex.schema.alterTable(name, (table) => {
      table.index(['owner']);
      table.dropIndex(['owner', 'create_time', 'id']);
    });
  }
}
