import type { BootFiles } from '../images/initramfs.js';
import type { XenSystem } from './xenSystem.js';

export interface XenMachine {
  name: string;
  system: XenSystem;
  boot: BootFiles;
  /** Folders of this machine that the control domain sees, by their names there. */
  folders: Readonly<Record<'lab' | 'volumes' | 'settings', string>>;
  /** A second disk, with the VMM Delegate. */
  delegateDisk?: string;
  /** The sockets of the ports at which agents serve, by the names of the ports. */
  ports: ReadonlyMap<string, string>;
  consoleLog: string;
  /** Of this machine, where connections to the VMM Delegate are taken. */
  delegatePort?: number;
}

/** Where the VMM Delegate listens in the control domain. */
export const DELEGATE_PORT = 8445;
const MEMORY_MIB = 1536;
const DOM0_MEMORY_MIB = 768;
/** With `max`, Xen or its control domain crash; with these, they were never seen to. */
const CPU = 'qemu64,+svm,+ssse3,+sse4.1,+sse4.2,+popcnt';
const XEN = [
  ...[`dom0_mem=${DOM0_MEMORY_MIB}M,max:${DOM0_MEMORY_MIB}M`, 'dom0_max_vcpus=1'],
  ...['console=com1', 'com1=115200,8n1', 'noreboot', 'smt=0'],
  // Mitigations only cost time where nothing runs that is not the lab's.
  ...['spec-ctrl=no,eager-fpu=yes', 'xpti=no', 'pv-l1tf=no'],
];

/** The command line of a QEMU that is a Xen host: plain emulation, since it may itself run in a virtual machine. */
export function xenArguments(machine: XenMachine): string[] {
  const { name, system, boot, folders, delegateDisk, delegatePort } = machine;
  const kernel = `${escaped(boot.kernel)} console=hvc0 quiet mitigations=off host=${name}`;
  return [
    ...['-name', name, '-machine', 'pc', '-cpu', CPU, '-accel', 'tcg,thread=multi,tb-size=512'],
    ...['-smp', '2', '-m', `${MEMORY_MIB}M`, '-nodefaults', '-no-user-config', '-no-reboot'],
    ...['-display', 'none', '-kernel', system.hypervisor, '-append', XEN.join(' ')],
    ...['-initrd', `${kernel},${escaped(boot.initramfs)}`],
    ...['-serial', `file:${machine.consoleLog}`],
    ...disk(system.disk, 'snapshot=on'),
    ...(delegateDisk === undefined ? [] : disk(delegateDisk, 'readonly=on')),
    ...Object.entries(folders).flatMap(([tag, path]) => share(tag, path)),
    ...['-netdev', network(delegatePort), '-device', 'virtio-net-pci,netdev=network'],
    ...['-device', 'virtio-serial-pci'],
    ...[...machine.ports].flatMap(([port, socket]) => [
      ...['-chardev', `socket,id=${port},path=${escaped(socket)}`],
      ...['-device', `virtserialport,chardev=${port},name=${port}`],
    ]),
  ];
}

/** Its network is a user's: this machine is 10.0.2.2 there, and nobody else gets in. */
function network(delegatePort: number | undefined): string {
  const forward = `,hostfwd=tcp:127.0.0.1:${delegatePort}-:${DELEGATE_PORT}`;
  return `user,id=network${delegatePort === undefined ? '' : forward}`;
}

function disk(path: string, option: string): string[] {
  return ['-drive', `file=${escaped(path)},format=raw,if=virtio,${option}`];
}

function share(tag: string, path: string): string[] {
  return ['-virtfs', `local,path=${escaped(path)},mount_tag=${tag},security_model=none,id=${tag}`];
}

/** A comma ends a value unless it is doubled. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}
