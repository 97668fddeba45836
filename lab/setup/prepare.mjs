// Makes a bare checkout ready: plain JavaScript without dependencies, since nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const packageLists = JSON.parse(readFileSync(join(root, 'lab/debian-packages.json'), 'utf8'));
/** What dpkg-query is to print of a package: whether it is installed. */
const STATUS_FORMAT = '-f=$' + '{db:Status-Status}';
/** While it is there, Debian's PostgreSQL makes and starts no server of the system's. */
const NO_CLUSTER = '/etc/postgresql-common/createcluster.d/vbs-lustre.conf';
const stamp = join(root, 'node_modules/.vbs-lustre-installed');

/** Installs what is missing of the Debian packages in these lists and of the npm packages, and builds. */
export async function prepare(...lists) {
  checkNode();
  const [compilers, others] = [['build'], lists].map(missingOf);
  const prefix = compilers.length + others.length > 0 ? privileges() : [];
  if (!prefix) stop(`Debian packages are missing. ${byHand([...compilers, ...others])}`);
  if (!installDebianPackages(compilers, prefix)) stop(`apt-get failed. ${byHand(compilers)}`);
  // npm compiles while apt downloads.
  const npm = installNpmPackages();
  const installed = installDebianPackages(others, prefix);
  let complaint = await npm;
  if (!installed) stop(`apt-get failed. ${byHand(others)}`);
  // apt may have replaced a compiler that npm was using.
  if (complaint && others.length > 0) complaint = await installNpmPackages();
  if (complaint) stop(complaint);
  must('The build failed.', tool('tsc'), ['-b']);
}

/** The path of a program that came with an npm package. */
export function tool(name) {
  return join(root, 'node_modules/.bin', name);
}

/** Runs a program with this terminal; true if it succeeded. */
export function succeeds(program, args, env = {}) {
  const options = { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } };
  return spawnSync(program, args, options).status === 0;
}

/** Ends with a sentence for a person. */
export function stop(message) {
  console.error(message);
  process.exit(1);
}

function must(complaint, program, args, env) {
  if (!succeeds(program, args, env)) stop(complaint);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(`Node 20.19 or later is needed; this is ${process.versions.node}.`);
}

function missingOf(lists) {
  return lists.flatMap((list) => packageLists[list]).filter((name) => !isInstalled(name));
}

function installCommand(names) {
  return ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...names];
}

function byHand(names) {
  const command = `sudo apt-get update && sudo ${installCommand(names).join(' ')}`;
  return `Run this and try again:\n\n  ${command}\n`;
}

/** @returns whether they are there */
function installDebianPackages(names, prefix) {
  if (names.length === 0) return true;
  console.log(`Installing the Debian packages ${names.join(' ')} …`);
  const commands = [
    ['apt-get', 'update', '-q'],
    ['install', '-D', '-m', '644', join(root, 'lab/setup/no-cluster.conf'), NO_CLUSTER],
    installCommand(names),
    ['rm', NO_CLUSTER],
  ];
  return commands.every((command) => {
    const [program, ...args] = [...prefix, ...command];
    return succeeds(program, args, { DEBIAN_FRONTEND: 'noninteractive' });
  });
}

function isInstalled(name) {
  const query = spawnSync('dpkg-query', ['-W', STATUS_FORMAT, name], {
    encoding: 'utf8',
  });
  if (query.error) stop('This needs Debian or Ubuntu (there is no dpkg-query here).');
  return query.stdout === 'installed';
}

/** What to put before a command that needs root; undefined if nothing helps. */
function privileges() {
  if (process.getuid() === 0) return [];
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

/** Lets node-gyp compile with the headers that came with this Node, where they did, instead of fetching them. */
function nodeHeaders() {
  const prefix = dirname(dirname(process.execPath));
  return existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
}

/** @returns what is to be said if that failed */
async function installNpmPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const wanted = `${lock} ${process.versions.modules}`;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return undefined;
  console.log('Installing the npm packages (better-sqlite3 may compile itself: a minute or two) …');
  // Not `npm ci`: it refuses a lock file that lacks optional packages of other platforms, as a registry mirror may.
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const env = { ...process.env, ...nodeHeaders() };
  const npm = spawn('npm', install, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env });
  try {
    const [code] = await once(npm, 'close');
    if (code !== 0) return 'npm failed; see above.';
  } catch (error) {
    return `npm can't be started: ${error.message}`;
  }
  writeFileSync(stamp, wanted);
  return undefined;
}
