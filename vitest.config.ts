import { defineConfig } from 'vitest/config';

const elsewhere = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          testTimeout: 60_000,
          hookTimeout: 60_000,
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
          name: 'postgres',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          include: ['services/vbslustre/src/**/*.test.ts'],
          exclude: ['**/*.{programs,lab,sqlite}.test.ts', ...elsewhere],
          globalSetup: 'test/support/postgresSetup.ts',
        },
      },
      {
        // Unit tests that start a great many programs: too slow for `npm run check`.
        test: {
          name: 'programs',
          include: ['services/*/src/**/*.programs.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'end-to-end',
          include: ['test/**/*.test.ts', 'lab/src/**/*.lab.test.ts'],
          exclude: elsewhere,
          testTimeout: 120_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
