import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A V8 CPU profile: what stood where at each sample. */
interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string };
    parent?: number;
    children?: number[];
  }[];
  samples: number[];
  timeDeltas: number[];
}

/** Where time goes, from the most telling place on: the first that is on the stack, innermost first, gets it. */
const PLACES: readonly [name: string, isIt: (url: string, functionName: string) => boolean][] = [
  ['RSA: sign the answer', (_url, name) => name === 'signCanonical'],
  ['RSA: verify the request', (_url, name) => name === 'isSignedBy'],
  ['trust', (url) => /wssecurity\/trust/.test(url)],
  ['parse XML', (url) => /shared\/dist\/xml\/|saxes/.test(url)],
  ['canonical form and digests', (url) => /canonical\.js|algorithms\.js/.test(url)],
  [
    'the rest of the verifier',
    (url) => /wssecurity\/(verify|structure|signature|timestamp|replay)/.test(url),
  ],
  ['the rest of signing', (url) => /wssecurity\/sign\.js/.test(url)],
  ['database', (url) => /knex|sqlite|metadata\//.test(url)],
  ['log', (url) => /winston|logform|shared\/dist\/log\.js/.test(url)],
  ['decode and encode', (url) => /soap\/(decode|encode|envelope)\.js/.test(url)],
  ['pipeline and operation', (url) => /soap\/pipeline|operations\//.test(url)],
  [
    'https',
    (url) =>
      /soap\/http|^node:(_http|_tls|_stream|net|https?|internal\/(streams|stream_base|http|tls))/.test(
        url,
      ),
  ],
];

/**
 * The share of the time that each place has, of a profile that Node has written.
 * @returns from the largest to the smallest; what is idle does not count
 */
export async function readProfile(folder: string): Promise<[place: string, share: number][]> {
  const [file] = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  if (!file) throw new Error('Node has written no profile');
  const profile: CpuProfile = JSON.parse(await readFile(join(folder, file), 'utf8'));
  const placeOf = placesByNode(profile);
  const times = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const place = placeOf.get(id) ?? 'other';
    times.set(place, (times.get(place) ?? 0) + (profile.timeDeltas[index] ?? 0));
  }
  times.delete('(idle)');
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times]
    .map(([place, time]): [string, number] => [place, time / total])
    .sort(([, a], [, b]) => b - a);
}

function placesByNode({ nodes }: CpuProfile): Map<number, string> {
  const places = new Map<number, string>();
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((each) => [each, id])),
  );
  // A parent stands before its children.
  for (const { id, callFrame } of nodes) {
    const { url, functionName } = callFrame;
    const own = PLACES.find(([, isIt]) => isIt(url, functionName))?.[0] ?? special(functionName);
    const parent = places.get(parents.get(id) ?? 0);
    places.set(id, own ?? parent ?? 'other');
  }
  return places;
}

function special(functionName: string): string | undefined {
  if (functionName === '(idle)') return '(idle)';
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)') return 'sockets and TLS records';
  return undefined;
}
