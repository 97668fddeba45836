import { copyFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Deployment } from '@vbs-lustre/lab/deployment/deployment';
import { type Ended, execute } from './programs.js';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

/** Debian packages that the examples need, beside a C++ compiler. */
export const PACKAGES = [
  'python3-zeep',
  'python3-xmlsec',
  'gsoap',
  'libgsoap-dev',
  'libssl-dev',
  'zlib1g-dev',
  'pkg-config',
  'curl',
  'php-cli',
  'php-soap',
  'php-xml',
  'openjdk-17-jdk-headless',
  'jaxws',
  'libwss4j-java',
  'libslf4j-java',
  'libsoap-lite-perl',
  'liblwp-protocol-https-perl',
  'libxml-libxml-perl',
  'libcrypt-openssl-rsa-perl',
  'libcrypt-openssl-x509-perl',
];

type Command = readonly [program: string, ...args: string[]];

/** How to run each example; `build` is the folder that {@link buildExamples} was given. */
export const EXAMPLE_CLIENTS: Readonly<Record<string, (build: string) => Command>> = {
  // Debian's Python, which has Debian's packages.
  zeep: () => ['/usr/bin/python3', '-B', join(EXAMPLES, 'python-zeep', 'main_job.py')],
  gSOAP: (build) => [join(build, 'cpp-gsoap', 'main_job')],
  'node-soap': () => [process.execPath, join(EXAMPLES, 'node-soap', 'main-job.mjs')],
  PHP: () => ['php', join(EXAMPLES, 'php', 'main_job.php')],
  // Debian's Perl, for the same reason as Python.
  'SOAP::Lite': () => ['/usr/bin/perl', join(EXAMPLES, 'perl', 'main_job.pl')],
  'JAX-WS and WSS4J': (build) => ['java', '-jar', join(build, 'java-wss4j', 'main-job.jar')],
};

const TO_BUILD = { 'cpp-gsoap': 'main_job', 'java-wss4j': 'main-job.jar' };

/** Compiles what must be compiled, with stubs from the WSDL that the front end serves. */
export async function buildExamples(deployment: Deployment, build: string): Promise<void> {
  for (const [name, target] of Object.entries(TO_BUILD)) {
    await make(deployment, join(EXAMPLES, name), join(build, name), target);
  }
}

async function make(
  deployment: Deployment,
  folder: string,
  output: string,
  target: string,
): Promise<void> {
  // A compiler that optimises takes minutes for what is generated.
  const args = ['-j4', `BUILD=${output}`, 'OPTIMIZATION=-O0', join(output, target)];
  const { exitCode, stderr } = await execute('make', args, settings(deployment), folder);
  if (exitCode !== 0) throw new Error(`make failed in ${folder}: ${stderr}`);
}

/**
 * Compiles a program of our own with what the gSOAP example was built of, in place of its main_job.cpp.
 * @returns how to run it
 */
export async function buildWithGsoap(
  source: string,
  deployment: Deployment,
  build: string,
): Promise<Command> {
  const [folder, output] = [join(build, 'sources'), join(build, 'output')];
  await cp(join(EXAMPLES, 'cpp-gsoap'), folder, { recursive: true });
  await cp(join(build, 'cpp-gsoap'), output, { recursive: true, preserveTimestamps: true });
  await copyFile(source, join(folder, 'main_job.cpp'));
  await make(deployment, folder, output, 'main_job');
  return [join(output, 'main_job')];
}

/** Runs an example to its end, as alice. */
export function runExample(
  [program, ...args]: Command,
  deployment: Deployment,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return execute(program, args, { ...settings(deployment), ...env });
}

function settings({ url, layout }: Deployment): Record<string, string> {
  return { VBS_URL: url, VBS_PKI: layout.pki };
}
