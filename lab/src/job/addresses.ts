import type { LabGuest } from '../agent/labGuest.js';
import type { Deployment } from '../deployment/deployment.js';

/** Tells how to reach what runs. */
export function printAddresses({ url, layout }: Deployment, vmm: string, vms: LabGuest[]): void {
  const lines: [string, string][] = [
    ['Front end', url],
    ['WSDL', `${url}?wsdl`],
    ['Authority', `${layout.pki}/ca.crt`],
    ['Users', `${layout.pki}/alice.crt and alice.key; bob.crt and bob.key`],
    ['Administrator', `${layout.pki}/admin.crt and admin.key`],
    ['Status page', `${new URL('/status', url).href}, for a browser that has imported admin.p12:`],
    [
      '',
      `cd ${layout.pki} && openssl pkcs12 -export -in admin.crt -inkey admin.key -out admin.p12`,
    ],
    ['Machines', `instanceId ${vms.map(({ name }) => name).join(' or ')}, vmm ${vmm}`],
    ['Consoles', vms.map(({ consoleLog }) => consoleLog).join(' ')],
    ['In a machine', `npm run -s guest -- ${vms[0]?.name} 'cat /proc/partitions'`],
    ['Volume files', layout.volumes],
    ['Exchange', `${layout.exchange}, in it a folder for each user`],
    ['Logs', layout.log('*')],
  ];
  const text = lines.map(([name, value]) => `  ${name.padEnd(13)} ${value}`);
  console.log(`\nThe services stay up. Ctrl-C stops them and the machines.\n${text.join('\n')}`);
}
