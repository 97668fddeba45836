import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { runInGuest } from './agent/guestShell.js';
import { Layout } from './deployment/layout.js';

const USAGE = `npm run -s guest -- MACHINE SCRIPT
  runs a shell script in a virtual machine of the lab that \`npm start\` keeps up, such as
  npm run -s guest -- vm1 'mount /dev/vda /mnt && ls /mnt'
  VBS_HOME=.vbs-xen for the machines of \`npm run lab:xen\``;

const [name, ...script] = process.argv.slice(2);
if (!name || script.length === 0) fail(USAGE, 2);
const shell = new Layout(resolve(process.env.VBS_HOME ?? '.vbs')).shell(name);
if (!existsSync(shell)) fail(`No machine ${name} runs here; begin with \`npm start\`.`, 1);
try {
  const { exitCode, output } = await runInGuest(shell, script.join(' '));
  process.stdout.write(output);
  process.exitCode = exitCode;
} catch (error) {
  fail(`${name}: ${(error as Error).message}`, 1);
}

function fail(message: string, exitCode: number): never {
  console.error(message);
  process.exit(exitCode);
}
