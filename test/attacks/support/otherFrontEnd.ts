import { readFile, writeFile } from 'node:fs/promises';
import type { Deployment } from '@vbs-lustre/lab/deployment/deployment';
import { ServiceProcess } from '@vbs-lustre/lab/deployment/service';
import type { Wire } from './wire.js';

export interface OtherFrontEnd {
  service: ServiceProcess;
  wire: Wire;
}

/** Starts one more instance of the front end on the deployment's database. */
export async function startOtherFrontEnd(
  { layout }: Deployment,
  { agent }: Wire,
  port: number,
): Promise<OtherFrontEnd> {
  const name = 'vbslustre-2';
  const settings = JSON.parse(await readFile(layout.config('vbslustre'), 'utf8'));
  const configFile = layout.config(name);
  await writeFile(configFile, JSON.stringify({ ...settings, port }));
  const logFile = layout.log(name);
  const service = await ServiceProcess.start({
    name,
    kind: 'vbslustre',
    port,
    configFile,
    logFile,
  });
  return { service, wire: { port, agent } };
}
