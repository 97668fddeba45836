import type { Knex } from 'knex';

/** Of which snapshots volumes are kept ready. Those volumes are rows of `volumes`, of an owner that no user can be. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('fast_snapshot_restores', (table) => {
    // They end with the snapshot.
    table
      .string('snapshot_id', 30)
      .primary()
      .references('id')
      .inTable('snapshots')
      .onDelete('CASCADE');
    // How many; 0: none any more, and those that are left are being deleted.
    table.integer('wanted').notNullable();
    table.string('create_time', 30).notNullable();
    table.check('wanted >= 0');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('fast_snapshot_restores');
}
