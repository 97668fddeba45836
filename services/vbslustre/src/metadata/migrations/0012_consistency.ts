import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('snapshots', (table) => {
    // exact, crash-consistent or torn; until now only what nobody wrote was copied.
    table.string('consistency', 20).notNullable().defaultTo('exact');
  });
  await knex.schema.alterTable('volumes', (table) => {
    // Of the snapshot that it was made from, which may be gone.
    table.string('snapshot_consistency', 20);
  });
  // Copies beside which a machine may write, unlike those that `copies` counts.
  await knex.raw(
    'alter table volumes add column live_copies integer not null default 0 check (live_copies >= 0)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table volumes drop column live_copies');
  await knex.schema.alterTable('volumes', (table) => table.dropColumn('snapshot_consistency'));
  await knex.schema.alterTable('snapshots', (table) => table.dropColumn('consistency'));
}
