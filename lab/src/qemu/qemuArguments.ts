import { randomUUID } from 'node:crypto';
import type { BootFiles } from '../images/initramfs.js';

export interface QemuMachine {
  name: string;
  memoryMiB: number;
  image: BootFiles;
  /** Paths of the Unix sockets: QEMU makes those of the monitors and connects to the agent's. */
  monitorSocket: string;
  watchSocket: string;
  agentSocket: string;
  consoleLog: string;
}

/**
 * The command line of a lab guest. The `pc` machine without default devices has 30 free PCI slots,
 * each of which takes a disk while the guest runs.
 *
 * Always plain emulation: /dev/kvm may exist and yet not run a guest, as in a nested virtual machine. On a busy machine the kernel
 * may see too few ticks of its timer in time, take it for broken, and hang with another one: so it does not look.
 */
export function qemuArguments(machine: QemuMachine): string[] {
  const { name, memoryMiB, image } = machine;
  return [
    ...[
      '-name',
      name,
      '-uuid',
      randomUUID(),
      '-machine',
      'pc',
      '-accel',
      'tcg',
      '-cpu',
      'max',
      '-smp',
      '1',
    ],
    ...['-m', `${memoryMiB}M`, '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none'],
    ...['-kernel', image.kernel, '-initrd', image.initramfs],
    ...['-append', 'console=ttyS0 agent=ttyS1 quiet panic=-1 mitigations=off no_timer_check'],
    ...['-qmp', `unix:${escaped(machine.monitorSocket)},server=on,wait=off`],
    ...['-qmp', `unix:${escaped(machine.watchSocket)},server=on,wait=off`],
    // The order of the serial ports is their numbering in the guest: ttyS0, ttyS1.
    ...[
      '-chardev',
      `file,id=console,path=${escaped(machine.consoleLog)}`,
      '-serial',
      'chardev:console',
    ],
    ...[
      '-chardev',
      `socket,id=agent,path=${escaped(machine.agentSocket)}`,
      '-serial',
      'chardev:agent',
    ],
  ];
}

/** A comma ends a value unless it is doubled. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}
