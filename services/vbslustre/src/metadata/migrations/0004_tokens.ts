import type { Knex } from 'knex';

/** Client tokens get an answer and an end. What was bound before is let go: a token only serves a retry. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.dropTable('client_tokens');
  await knex.schema.createTable('client_tokens', (table) => {
    table.text('owner').notNullable();
    table.string('token', 64).notNullable();
    table.string('request_hash', 64).notNullable();
    // The volume or snapshot that was made or deleted, or the order of the attachment.
    table.string('resource_id', 30).notNullable().index();
    // As JSON, of what was done; without one the token ends with the resource.
    table.text('answer');
    table.string('created_at', 30).notNullable().index();
    table.primary(['owner', 'token']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('client_tokens', (table) => {
    table.dropColumns('answer', 'created_at');
  });
}
