// Where every change that the services make to the world passes through. A new kind of change is a new line here:
// sources.test.ts refuses what goes past these.

/** Functions of modules: all that they export is listed, so that a new one has to be thought about. */
export const FUNCTIONS = [
  { module: '/shared/dist/process/run.js', name: 'run', kind: 'program', others: ['useLauncher'] },
  {
    module: '/client/dist/transport.js',
    name: 'post',
    kind: 'message',
    others: ['TransportError'],
  },
];

/** Methods of classes: those that change something, and the others. */
export const METHODS = [
  {
    module: '/services/volume-delegate/dist/jobs/journal.js',
    name: 'Journal',
    kinds: { put: 'journalPut', remove: 'journalRemove' },
    others: ['get', 'all', 'forgetReported'],
  },
  {
    module: '/shared/dist/process/helpers.js',
    name: 'Helpers',
    kinds: { call: 'helper' },
    others: [],
  },
  {
    module: '/services/vmm-delegate/dist/hypervisors/qmp.js',
    name: 'QmpConnection',
    kinds: { execute: 'qmp' },
    others: ['closed', 'nextEvent', 'close'],
  },
  {
    module: '/services/vbslustre/dist/metadata/sqlite.js',
    name: 'Sqlite',
    kinds: { _query: 'statement' },
    others: ['_driver', 'acquireConnection', 'readCommitted', 'destroy', 'acquireRawConnection'],
  },
  {
    module: '/services/vbslustre/dist/metadata/postgres.js',
    name: 'Postgres',
    kinds: { _query: 'statement' },
    others: ['_driver', 'acquireConnection', 'acquireRawConnection', 'destroyRawConnection'],
  },
];
