import type { Knex } from 'knex';

/** Times are ISO 8601 texts in UTC: they mean the same, and sort, in every database. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('volumes', (table) => {
    table.string('id', 30).primary();
    table.text('owner').notNullable().index();
    table.bigInteger('size_bytes').notNullable();
    table.string('status', 30).notNullable();
    table.text('status_message');
    table.string('snapshot_id', 30);
    table.string('create_time', 30).notNullable();
    table.string('changed_at', 30).notNullable();
    // The order that the status waits for, and the Volume Delegate that has it.
    table.string('order_id', 30).notNullable();
    table.text('delegate').notNullable();
    // How many attachments of each mode there are, and copies being made of the file.
    table.integer('readers').notNullable().defaultTo(0);
    table.integer('writers').notNullable().defaultTo(0);
    table.integer('copies').notNullable().defaultTo(0);
    // One writer or many readers, whatever the code does.
    table.check('writers = 0 OR (writers = 1 AND readers = 0 AND copies = 0)');
    table.check('readers >= 0 AND writers >= 0 AND copies >= 0');
  });
  await knex.schema.createTable('snapshots', (table) => {
    table.string('id', 30).primary();
    table.text('owner').notNullable().index();
    // Not a foreign key: a snapshot outlives its volume.
    table.string('volume_id', 30).notNullable();
    table.bigInteger('size_bytes').notNullable();
    table.text('description');
    table.string('status', 30).notNullable();
    table.text('status_message');
    table.string('create_time', 30).notNullable();
    table.string('changed_at', 30).notNullable();
    table.string('order_id', 30).notNullable();
    table.text('delegate').notNullable();
    table.integer('copies').notNullable().defaultTo(0);
    table.check('copies >= 0');
  });
  await knex.schema.createTable('attachments', (table) => {
    table.string('order_id', 30).primary();
    table.string('volume_id', 30).notNullable().references('id').inTable('volumes');
    table.string('instance_id', 255).notNullable();
    table.string('vmm', 255).notNullable();
    table.string('device', 30).notNullable();
    table.string('mode', 1).notNullable();
    table.string('status', 30).notNullable();
    table.string('attach_time', 30).notNullable();
    table.string('changed_at', 30).notNullable();
    table.unique(['volume_id', 'vmm', 'instance_id']);
    table.unique(['vmm', 'instance_id', 'device']);
  });
  await knex.schema.createTable('client_tokens', (table) => {
    table.text('owner').notNullable();
    table.string('token', 64).notNullable();
    table.string('request_hash', 64).notNullable();
    table.string('resource_id', 30).notNullable().index();
    table.primary(['owner', 'token']);
  });
  await knex.schema.createTable('seen_messages', (table) => {
    table.string('replay_key', 64).primary();
    table.string('refused_after', 30).notNullable().index();
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['seen_messages', 'client_tokens', 'attachments', 'snapshots', 'volumes']) {
    await knex.schema.dropTable(table);
  }
}
