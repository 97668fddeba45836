import type { Knex } from 'knex';

/** Hexadecimal digits of a SHA-256. */
const DIGITS = 64;

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('snapshots', (table) => {
    // Whether the SHA-256 of its file was asked for, and what that is since the file was made.
    table.boolean('checksum').notNullable().defaultTo(false);
    table.string('sha256', DIGITS);
  });
  await knex.schema.alterTable('volumes', (table) => {
    // Of the snapshot that it was made from: its file begins with so many bytes of this SHA-256. Not known: null.
    table.string('snapshot_sha256', DIGITS);
    table.bigInteger('snapshot_bytes');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('volumes', (table) => {
    table.dropColumns('snapshot_sha256', 'snapshot_bytes');
  });
  await knex.schema.alterTable('snapshots', (table) => table.dropColumns('checksum', 'sha256'));
}
