#!/usr/bin/env node
// Plays `xenstore-read`: the value of each path on a line of its own.
import { end, state } from './fake-xen-state.mjs';

state.domains = state.domains.filter(({ vanishes }) => vanishes !== 'before store');
const values = process.argv.slice(2).map((path) => {
  const value = lookUp(path);
  return value ?? end(1, `xenstore-read: couldn't read path ${path}`);
});
console.log(values.join('\n'));
end(0);

function lookUp(path) {
  const id = /^\/local\/domain\/(\d+)\/vm$/.exec(path)?.[1];
  if (id) {
    const domain = state.domains.find((each) => String(each.id) === id);
    return domain && !domain.noStore ? `/vm/${domain.uuid}` : undefined;
  }
  const [, backend, key] = /^(.*)\/(\w+)$/.exec(path);
  const vbds = state.domains.flatMap((domain) => domain.vbds);
  return vbds.find((vbd) => vbd.backend === backend)?.[key];
}
