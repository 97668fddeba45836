// What a step is called, the same in every run, and what it is about.

/** Programs that look and change nothing: any other one is a step. */
const LOOKS = [
  /^(find|stat|realpath|xenstore-read)$/,
  /^lfs (df|getstripe)$/,
  /^xl (list|info|block-list)$/,
];
/** Messages that only say or ask how things are. */
const SMALL_TALK = /^(Announce|Describe)/;
/** Of no operation: heartbeats, the reconciler's lease, the memory of messages, knex's own. */
const BOOKKEEPING = /^(delegates|leases|seen_messages|knex_\w+)$/;
const WRITES = /^\s*(insert into|update|delete from)\s+[`"]?(\w+)/i;
/** A delegate's announcement renews the leases of its orders. */
const LEASE_ALONE = /^update [`"]\w+[`"] set [`"]lease_until[`"] = ((?!, [`"]).)*? where /;
/** It also tells how far they are. */
const PROGRESS_ALONE = /^update [`"]\w+[`"] set [`"]bytes_done[`"] = \S+ where /;
const OLD_EVENTS = /^delete from [`"]events/;

const ID = /(vol|snap|export)-[0-9a-f]{17}/g;
/** Of the program for exchange folders: what it only looks for. */
const EXCHANGE = /exchangeProgram\.js$/;
const EXCHANGE_LOOKS = /^(size|checkFree|isPublished)$/;

/** Of the helper processes: what they only look at. */
const HELPER_LOOKS = /^(realpath|statfs|isFile|names|look|lookAtAll|freeBytes)$/;

/** The volumes and snapshots that a text speaks of. */
export function idsIn(text) {
  return [...new Set(text.match(ID) ?? [])];
}

/** Each: what a call does (undefined if it changes nothing) and a text that has its ids. */
export const DESCRIBE = {
  program(started, given) {
    // `env` only goes to the right folder first.
    const [program, ...args] =
      started === 'env' ? given.slice(given.indexOf('--') + 1) : [started, ...given];
    const text = [program, ...args].join(' ');
    if (EXCHANGE.test(args[0])) {
      const [, command, ...more] = args;
      const isLook = EXCHANGE_LOOKS.test(command);
      return {
        text,
        step: isLook ? undefined : `program ${programName(`exchange ${command}`, more)}`,
      };
    }
    const isLook = LOOKS.some((look) => look.test(program) || look.test(`${program} ${args[0]}`));
    return { text, step: isLook ? undefined : `program ${programName(program, args)}` };
  },
  message({ action, text }) {
    const operation = action.split(/[/#:]/).at(-1);
    if (operation === 'CopyRange') return { text, step: `message CopyRange: ${rangeWish(text)}` };
    return { text, step: SMALL_TALK.test(operation) ? undefined : `message ${operation}` };
  },
  journalPut(job) {
    const state = job.reported ? `${job.state}, reported` : job.state;
    return { text: JSON.stringify(job), step: `journal put: ${state}` };
  },
  journalRemove(orderId) {
    return { text: orderId, step: 'journal remove' };
  },
  helper(_options, work, ...given) {
    const paths = given.filter((each) => typeof each === 'string');
    // No step, but it tells what the next ones are about.
    return HELPER_LOOKS.test(work) ? { text: paths.join(' ') } : onFiles(work, ...paths);
  },
  qmp(command, args = {}) {
    const isLook = command.startsWith('query-') || command === 'qmp_capabilities';
    return { text: JSON.stringify(args), step: isLook ? undefined : `qmp ${command}` };
  },
};

/** The table that a statement changes, if it is a step of an operation. */
export function changedTable(sql) {
  const [, , table] = WRITES.exec(sql) ?? [];
  if (table === undefined || BOOKKEEPING.test(table)) return undefined;
  const isNoStep = [LEASE_ALONE, PROGRESS_ALONE, OLD_EVENTS].some((each) => each.test(sql));
  return isNoStep ? undefined : table;
}

/** What a message wants of who helps with a copy. It asks for a range until that is done, so nobody can say how often. */
function rangeWish(text) {
  if (/<(\w+:)?end>true</.test(text)) return 'end';
  return /<(\w+:)?worker>/.test(text) ? 'range' : 'find';
}

function onFiles(work, ...paths) {
  const files = paths.map(fileKind).filter((each) => each.startsWith('<'));
  return { text: paths.join(' '), step: ['file', work, ...files].join(' ') };
}

/** The program, the files that it is told, each as what it is, and whether it puts them on disk. */
export function programName(program, args) {
  const files = args.map(fileKind).filter((each) => /<|^\.|^if=|fsync/.test(each));
  return [program, ...files].join(' ');
}

function fileKind(argument) {
  return argument
    .replace(/(\S*\/)?\.attachments\/vol-[0-9a-f]{17}\.\S+/, '<claim>')
    .replace(
      /(\S*\/)?\.(vol|snap)-[0-9a-f]{17}\.\d+\.ord-[0-9a-f]{17}\.[0-9a-f]{16}\.part/,
      '<helped part>',
    )
    .replace(/(\S*\/)?\.(vol|snap|export)-[0-9a-f]{17}\.\d+\.ord-[0-9a-f]{17}\.part/, '<part>')
    .replace(/(if=|of=)?(\S*\/)?vol-[0-9a-f]{17}/, '$1<volume>')
    .replace(/(if=|of=)?(\S*\/)?snap-[0-9a-f]{17}/, '$1<snapshot>')
    .replace(/^\/\S*(\/\.attachments)$/, '<claims>');
}
