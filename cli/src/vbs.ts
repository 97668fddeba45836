import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { admin } from './commands/admin/admin.js';
import { attachVolume } from './commands/attachVolume.js';
import { completion } from './commands/completion.js';
import { configure } from './commands/configure.js';
import { createSnapshot } from './commands/createSnapshot.js';
import { createTags } from './commands/createTags.js';
import { createVolume } from './commands/createVolume.js';
import { deleteSnapshot } from './commands/deleteSnapshot.js';
import { deleteTags } from './commands/deleteTags.js';
import { deleteVolume } from './commands/deleteVolume.js';
import { describeEvents } from './commands/describeEvents.js';
import { describeExportTasks } from './commands/describeExportTasks.js';
import { describeFastSnapshotRestores } from './commands/describeFastSnapshotRestores.js';
import { describeLimits } from './commands/describeLimits.js';
import { describeSnapshotAttribute } from './commands/describeSnapshotAttribute.js';
import { describeSnapshots } from './commands/describeSnapshots.js';
import { describeVolumes } from './commands/describeVolumes.js';
import { detachVolume } from './commands/detachVolume.js';
import { disableFastSnapshotRestores } from './commands/disableFastSnapshotRestores.js';
import { enableFastSnapshotRestores } from './commands/enableFastSnapshotRestores.js';
import { exportVolume } from './commands/exportVolume.js';
import { importVolume } from './commands/importVolume.js';
import { modifySnapshotAttribute } from './commands/modifySnapshotAttribute.js';
import { modifyVolume } from './commands/modifyVolume.js';
import { addSettings, outputOption } from './commands/options.js';
import { verifySnapshot } from './commands/verifySnapshot.js';
import { whoami } from './commands/whoami.js';
import type { Io } from './io.js';

const COMMANDS = [
  ...[createVolume, describeVolumes, modifyVolume, deleteVolume, attachVolume, detachVolume],
  ...[createSnapshot, describeSnapshots, verifySnapshot, deleteSnapshot],
  ...[modifySnapshotAttribute, describeSnapshotAttribute],
  ...[enableFastSnapshotRestores, disableFastSnapshotRestores, describeFastSnapshotRestores],
  ...[importVolume, exportVolume, describeExportTasks],
  ...[createTags, deleteTags, describeEvents, describeLimits],
  ...[whoami, configure, completion, admin],
];

/** The program `vbs`. */
export function vbs(io: Io): Command {
  const program = new Command('vbs')
    .description('VBS-Lustre: volumes and snapshots for your virtual machines')
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .version(version());
  addSettings(program).addOption(outputOption());
  for (const commandOf of COMMANDS) {
    const command = commandOf(io).copyInheritedSettings(program);
    for (const each of command.commands) each.copyInheritedSettings(command);
    program.addCommand(command);
  }
  return program;
}

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
