import { defineConfig } from 'vitest/config';

const elsewhere = ['**/node_modules/**', '**/dist/**'];

/** A busy machine is no failure: what comes in the end has come. */
const POLL = { poll: { timeout: 60_000 } };

export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      {
        test: {
          expect: POLL,
          name: 'unit',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          include: [
            '{shared,client,cli,certs,lab,wsdl}/src/**/*.test.ts',
            'services/*/src/**/*.test.ts',
          ],
          exclude: ['**/*.{programs,lab,postgres}.test.ts', ...elsewhere],
        },
      },
      {
        // The front end's unit tests once more, with the other database, and those that need it.
        test: {
          expect: POLL,
          name: 'postgres',
          testTimeout: 300_000,
          hookTimeout: 300_000,
          include: ['services/vbslustre/src/**/*.test.ts'],
          exclude: ['**/*.{programs,lab,sqlite}.test.ts', ...elsewhere],
          globalSetup: 'test/support/postgresSetup.ts',
        },
      },
      {
        // Unit tests that start a great many programs: too slow for `npm run check`.
        test: {
          expect: POLL,
          name: 'programs',
          include: ['services/*/src/**/*.programs.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          expect: POLL,
          name: 'end-to-end',
          include: ['test/**/*.test.ts', 'lab/src/**/*.lab.test.ts'],
          exclude: elsewhere,
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
