import { DELEGATE_PORT } from '../xen/xenArguments.js';
import { ADMINISTRATOR, delegateSubjects, serviceSubject, userSubject } from './certificates.js';
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

export interface VmmDelegateOptions extends DelegateOptions {
  /** On a Xen host of the lab, where it listens for what comes to its port here. */
  isOnXen?: boolean;
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
    administrators: [userSubject(ADMINISTRATOR)],
    ...others,
  };
}

/** @param frontEnds their callback addresses */
export function volumeDelegateSettings(
  layout: Layout,
  { name, port, settings }: DelegateOptions,
  frontEnds: readonly string[],
  exchange = false,
): Settings {
  return {
    ...ofDelegate(layout, name, port, frontEnds),
    ...(exchange && { exchangeDirectory: layout.exchange }),
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

/** As a Xen host's control domain sees it: everything it needs is in one folder, and the front ends are on `vbslustre`. */
export function xenDelegateSettings(
  { name, port, settings }: DelegateOptions,
  frontEndPorts: readonly number[],
): Settings {
  const folder = '/etc/vbs-lustre';
  return {
    host: '0.0.0.0',
    port: DELEGATE_PORT,
    publicUrl: `https://127.0.0.1:${port}`,
    certificate: `${folder}/${name}.crt`,
    privateKey: `${folder}/${name}.key`,
    tlsAuthority: `${folder}/ca.crt`,
    trust: `${folder}/trust`,
    frontEnds: frontEndPorts.map((each) => `https://vbslustre:${each}/vbslustre/callback`),
    frontEndSubjects: [serviceSubject('vbslustre')],
    volumeDirectory: '/volumes',
    hypervisor: 'xen',
    ...settings,
  };
}
