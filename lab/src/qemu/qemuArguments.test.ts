import { expect, it } from 'vitest';
import { qemuArguments } from './qemuArguments.js';

const machine = {
  name: 'vm1',
  memoryMiB: 128,
  image: { kernel: '/cache/vmlinuz', initramfs: '/cache/initramfs' },
  monitorSocket: '/run/a,b/vm1.qmp',
  watchSocket: '/state/vm1.watch',
  agentSocket: '/state/vm1.agent',
  consoleLog: '/state/vm1.console.log',
};

it('never asks for hardware virtualisation', () => {
  const line = qemuArguments(machine).join(' ');
  expect(line).toContain('-accel tcg');
  expect(line).not.toContain('kvm');
});

it('keeps a comma of a path from ending the value', () => {
  expect(qemuArguments(machine)).toContain('unix:/run/a,,b/vm1.qmp,server=on,wait=off');
});
