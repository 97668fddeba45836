#!/usr/bin/env node
// Plays `xl` (and `xm`, by which name it is linked) with the answers that were recorded of Xen 4.17.
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { end, save, state } from './fake-xen-state.mjs';

const [command, ...args] = process.argv.slice(2);
const isXm = basename(process.argv[1]) === 'xm';
state.commands.push([command, ...args].join(' '));
save();

const commands = { list, 'block-list': blockList, 'block-attach': attach, 'block-detach': detach };
commands[command]();

function list() {
  console.log('Name                                        ID   Mem VCPUs\tState\tTime(s)');
  console.log('Domain-0                                     0  1536     2     r-----       9.4');
  for (const { name, id } of state.domains) {
    const columns = `${String(id).padStart(5)}   256     1     -b----       4.5`;
    console.log(`${name.padEnd(40)} ${columns}`);
  }
  if (isXm)
    console.log('stopped                                         256     1                  0.0');
  state.domains = state.domains.filter(({ vanishes }) => vanishes !== 'after list');
  end(0);
}

function blockList() {
  console.log('Vdev  BE  handle state evt-ch ring-ref BE-path                       ');
  const domain = state.domains.find(({ id }) => String(id) === args[0]);
  if (!domain) end(0, `${args[0]} is an invalid domain identifier`);
  for (const { vdev, state: vbdState, backend } of domain.vbds) {
    console.log(`${vdev} 0   1      ${vbdState}     8      8        ${backend}`);
  }
  domain.vbds = domain.vbds.filter(({ vanishes }) => !vanishes);
  end(0);
}

function attach() {
  const domain = findDomain();
  const { file, device, mode } = isXm ? positional() : specification();
  const vdev = 51712 + 16 * (device.charCodeAt(3) - 'a'.charCodeAt(0));
  if (domain.vbds.some((vbd) => vbd.vdev === vdev)) {
    const where = 'libxl: error: libxl_disk.c:343:device_disk_add';
    const line = `${where}: Domain ${domain.id}:device already exists in xenstore`;
    end(1, `${line}\nlibxl_device_disk_add failed.`);
  }
  if (!existsSync(file)) {
    const where = 'libxl: error: libxl_device.c:455:libxl__device_disk_set_backend';
    end(1, `${where}: Disk vdev=${device} failed to stat: ${file}: No such file or directory`);
  }
  const kind = statSync(file).isDirectory() ? 'qdisk' : 'vbd';
  const backend = `/local/domain/0/backend/${kind}/${domain.id}/${vdev}`;
  // Nobody looks whether another guest holds the file: Xen lets a second writer in.
  const vbd = { vdev, backend, mode, params: kind === 'qdisk' ? `aio:${file}` : file };
  domain.vbds.push({ ...vbd, state: attachedState(domain) });
  if (!state.blockScriptFails) end(0);
  const script = 'killing execution of /etc/xen/scripts/block add because of timeout';
  end(1, `libxl: error: ${script}\nlibxl_device_disk_add failed.`);
}

function attachedState({ paused }) {
  if (state.blockScriptFails) return 3;
  return paused ? 1 : 4;
}

function detach() {
  const domain = findDomain();
  const vdev = 51712 + 16 * (args[1].charCodeAt(3) - 'a'.charCodeAt(0));
  if (!domain.vbds.some((vbd) => vbd.vdev === vdev)) {
    const path = `/libxl/${domain.id}/device/vbd/${vdev}`;
    const line = `libxl: error: libxl_device.c:0:nowhere: disk ${path} does not exist (no backend path`;
    end(1, `${line}\nError: Device ${args[1]} not connected.`);
  }
  if (domain.paused) end(1, 'libxl_device_disk_safe_remove failed.');
  domain.vbds = domain.vbds.filter((vbd) => vbd.vdev !== vdev);
  const script = 'killing execution of /etc/xen/scripts/block remove because of timeout';
  end(0, state.blockScriptFails ? script : '');
}

/** An order for a domain that ends just before it. */
function findDomain() {
  state.domains = state.domains.filter(({ vanishes }) => vanishes !== 'before order');
  const domain = state.domains.find(({ id }) => String(id) === args[0]);
  if (!domain) {
    const where = 'libxl: error: libxl_dom.c:37:libxl__domain_type';
    end(1, `${where}: unable to get domain type for domid=${args[0]}`);
  }
  if (state.hangs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return domain;
}

/** format=raw,vdev=xvdb,access=w,target=FILE */
function specification() {
  const [, device, mode, file] = /^format=raw,vdev=(\w+),access=(\w+),target=(.*)$/.exec(args[1]);
  return { device, mode, file };
}

/** file:FILE xvdb w */
function positional() {
  const [source, device, mode] = args.slice(1);
  return { file: source.replace(/^file:/, ''), device, mode };
}
