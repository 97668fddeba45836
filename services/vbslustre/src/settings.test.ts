import { resolve } from 'node:path';
import { readSettings } from '@vbs-lustre/shared/settings';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { PREFIX, settingsSchema } from './settings.js';

const schema = z.object({ database: settingsSchema.shape.database });
const read = (database: string) =>
  readSettings(PREFIX, schema, { argv: [], env: { VBSLUSTRE_DATABASE: database } }).database;

test.each([
  'postgres://vbs:secret@db.example.org:5433/vbs?sslmode=verify-full',
  'postgresql://vbs@%2Frun%2Fpostgresql/vbs',
])('the database %s is one of PostgreSQL', (url) => {
  expect(read(url)).toBe(url);
});

test.each(['vbs.sqlite', '/var/lib/vbs-lustre/vbs.sqlite', 'postgres/vbs.sqlite'])(
  'the database %s is a file',
  (file) => {
    expect(read(file)).toBe(resolve(file));
  },
);

test.each(['', 'postgres://vbs:secret@:none/vbs', 'mysql://vbs:secret@db/vbs'])(
  'the database “%s” is refused, and its password not told',
  (wrong) => {
    expect(() => read(wrong)).toThrow(
      'The setting database (VBSLUSTRE_DATABASE) is wrong: it is neither a path nor a URL postgres://',
    );
    expect(() => read(wrong)).not.toThrow('secret');
  },
);
