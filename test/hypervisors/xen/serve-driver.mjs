// Gives the Xen driver of the VMM Delegate away over http, in the control domain of a Xen host:
//   node serve-driver.mjs MODULE PORT OPTIONS
// A request is {"method", "args"} in JSON, the answer {"result"} or {"error": {"name", "message"}}. A method may be the copier's,
// such as copier.look.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const [, , module, port, options] = process.argv;
const { openXen } = await import(module);
const hypervisor = openXen(JSON.parse(options));

createServer(async (request, response) => {
  const { method, args } = JSON.parse(await text(request));
  const [name, of = hypervisor] = method.startsWith('copier.')
    ? [method.slice('copier.'.length), hypervisor.copier]
    : [method];
  const answer = await of[name](...args).then(
    (result) => ({ result }),
    ({ name, message }) => ({ error: { name, message } }),
  );
  response.end(JSON.stringify(answer));
}).listen(Number(port), '0.0.0.0');
