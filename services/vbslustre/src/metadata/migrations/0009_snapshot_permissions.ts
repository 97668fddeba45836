import type { Knex } from 'knex';

/** Who may make volumes from a snapshot, beside its owner. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('snapshot_permissions', (table) => {
    // They end with the snapshot.
    table
      .string('snapshot_id', 30)
      .notNullable()
      .references('id')
      .inTable('snapshots')
      .onDelete('CASCADE');
    // A user id, or `all`.
    table.text('grantee').notNullable().index();
    table.primary(['snapshot_id', 'grantee']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('snapshot_permissions');
}
