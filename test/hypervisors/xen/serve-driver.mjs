// Gives the Xen driver of the VMM Delegate away over http, in the control domain of a Xen host:
//   node serve-driver.mjs MODULE PORT OPTIONS
// A request is {"method", "args"} in JSON, the answer {"result"} or {"error": {"name", "message"}}.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const [, , module, port, options] = process.argv;
const { openXen } = await import(module);
const hypervisor = openXen(JSON.parse(options));

createServer(async (request, response) => {
  const { method, args } = JSON.parse(await text(request));
  const answer = await hypervisor[method](...args).then(
    (result) => ({ result }),
    ({ name, message }) => ({ error: { name, message } }),
  );
  response.end(JSON.stringify(answer));
}).listen(Number(port), '0.0.0.0');
