import { delegateSubjects, serviceSubject } from './certificates.js';
import type { Layout } from './layout.js';

/** What the configuration file of a service has, as JSON. */
export type Settings = Readonly<Record<string, unknown>>;

export interface DelegateOptions {
  name: string;
  port: number;
  /** Over what the deployment sets. */
  settings?: Settings;
  env?: Readonly<Record<string, string>>;
}

export function frontEndSettings(
  layout: Layout,
  port: number,
  database: string,
  others?: Settings,
): Settings {
  return {
    ...common(layout, 'vbslustre', port, layout.frontEndTrust),
    database,
    volumeDelegateSubjects: [delegateSubjects('volume-delegates')],
    vmmDelegateSubjects: [delegateSubjects('vmm-delegates')],
    ...others,
  };
}

/** @param frontEnds their callback addresses */
export function volumeDelegateSettings(
  layout: Layout,
  { name, port, settings }: DelegateOptions,
  frontEnds: readonly string[],
): Settings {
  return {
    ...ofDelegate(layout, name, port, frontEnds),
    stateDirectory: layout.state(name),
    ...settings,
  };
}

/** @param frontEnds their callback addresses */
export function vmmDelegateSettings(
  layout: Layout,
  { name, port, settings }: DelegateOptions,
  frontEnds: readonly string[],
): Settings {
  return {
    ...ofDelegate(layout, name, port, frontEnds),
    hypervisor: 'qemu',
    qmpDirectory: layout.vms(name),
    ...settings,
  };
}

function ofDelegate(layout: Layout, name: string, port: number, frontEnds: readonly string[]) {
  return {
    ...common(layout, name, port, layout.delegateTrust),
    frontEnds,
    frontEndSubjects: [serviceSubject('vbslustre')],
    volumeDirectory: layout.volumes,
  };
}

function common({ pki }: Layout, name: string, port: number, trust: string): Settings {
  return {
    port,
    certificate: `${pki}/${name}.crt`,
    privateKey: `${pki}/${name}.key`,
    tlsAuthority: `${pki}/ca.crt`,
    trust,
  };
}
