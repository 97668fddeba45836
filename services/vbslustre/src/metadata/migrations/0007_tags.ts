import type { Knex } from 'knex';

const TABLES = { volume_tags: 'volumes', snapshot_tags: 'snapshots' };

export async function up(knex: Knex): Promise<void> {
  for (const [name, resources] of Object.entries(TABLES)) {
    await knex.schema.createTable(name, (table) => {
      // Tags end with what they are of.
      table
        .string('resource_id', 30)
        .notNullable()
        .references('id')
        .inTable(resources)
        .onDelete('CASCADE');
      table.text('key').notNullable();
      table.text('value').notNullable();
      table.primary(['resource_id', 'key']);
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of Object.keys(TABLES)) await knex.schema.dropTable(name);
}
