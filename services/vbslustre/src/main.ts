#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type ClientOptions, connectVmmDelegate, connectVolumeDelegate } from '@vbs-lustre/client';
import { AuditLog } from '@vbs-lustre/shared/auditLog';
import { runService, type ServiceContext, type ServiceParts } from '@vbs-lustre/shared/service';
import { type Contract, loadContract } from '@vbs-lustre/shared/soap/contract';
import { endpoint } from '@vbs-lustre/shared/soap/endpoint';
import { versionOf } from '@vbs-lustre/shared/version';
import { MODERN, WITH_SHA1 } from '@vbs-lustre/shared/wssecurity/algorithms';
import { type vbslustre, WSDL } from '@vbs-lustre/wsdl';
import { adminEndpoint } from './administration/administration.js';
import type { Connect } from './delegates/clients.js';
import { Roster } from './delegates/roster.js';
import { VmmDelegates } from './delegates/vmmDelegates.js';
import { VolumeDelegates } from './delegates/volumeDelegates.js';
import type { FrontEnd } from './frontEnd.js';
import { measure } from './measure.js';
import { askDatabase } from './metadata/counts.js';
import { type Database, openDatabase } from './metadata/database.js';
import { DatabaseReplayCache } from './metadata/replayCache.js';
import { explainUnavailable } from './metadata/unavailable.js';
import { announceVmmDelegate } from './operations/announceVmmDelegate.js';
import { announceVolumeDelegate } from './operations/announceVolumeDelegate.js';
import { attachVolume } from './operations/attachVolume.js';
import { copyRange } from './operations/copyRange.js';
import { createSnapshot } from './operations/createSnapshot.js';
import { createTags } from './operations/createTags.js';
import { createVolume } from './operations/createVolume.js';
import { deleteSnapshot } from './operations/deleteSnapshot.js';
import { deleteTags } from './operations/deleteTags.js';
import { deleteVolume } from './operations/deleteVolume.js';
import { describeEvents } from './operations/describeEvents.js';
import { describeExportTasks } from './operations/describeExportTasks.js';
import { describeFastSnapshotRestores } from './operations/describeFastSnapshotRestores.js';
import { describeLimits } from './operations/describeLimits.js';
import { describeSnapshot } from './operations/describeSnapshot.js';
import { describeSnapshotAttribute } from './operations/describeSnapshotAttribute.js';
import { describeSnapshots } from './operations/describeSnapshots.js';
import { describeVolume } from './operations/describeVolume.js';
import { describeVolumes } from './operations/describeVolumes.js';
import { detachVolume } from './operations/detachVolume.js';
import { disableFastSnapshotRestores } from './operations/disableFastSnapshotRestores.js';
import { enableFastSnapshotRestores } from './operations/enableFastSnapshotRestores.js';
import { exportVolume } from './operations/exportVolume.js';
import { importVolume } from './operations/importVolume.js';
import { modifySnapshotAttribute } from './operations/modifySnapshotAttribute.js';
import { modifyVolume } from './operations/modifyVolume.js';
import { updateExportStatus } from './operations/updateExportStatus.js';
import { updateSnapshotStatus } from './operations/updateSnapshotStatus.js';
import { updateVolumeStatus } from './operations/updateVolumeStatus.js';
import { verifySnapshot } from './operations/verifySnapshot.js';
import { GIB } from './operations/volumeSize.js';
import { Reconciler } from './reconcile/reconciler.js';
import { PREFIX, type Settings, settingsSchema } from './settings.js';
import { statusPages } from './statusPage/pages.js';

/** After the time that an answer is waited for, its operation has surely given up; clocks may differ a little. */
const ANSWER_GRACE_MS = 15_000;
const ORDER_TIMEOUT_SECONDS = 10;

await runService('vbslustre', PREFIX, settingsSchema, build);

async function build(settings: Settings, context: ServiceContext): Promise<ServiceParts> {
  const { log } = context;
  if (settings.acceptSha1Signatures) log.warn('signatures with SHA-1 are accepted');
  const database = await openDatabase(settings.database, log);
  const frontEnd: FrontEnd = {
    database,
    volumeDelegates: volumeDelegatesOf(database, settings, context),
    vmmDelegates: vmmDelegatesOf(database, settings, context),
    maxVolumeSizeGiB: settings.maxVolumeSizeGiB,
    maxWarmClones: settings.maxWarmClones,
    warmCloneMarginBytes: settings.warmCloneMarginGiB * GIB,
    checksumSnapshots: settings.checksumSnapshots,
    quotas: settings.quotas ?? {},
    administrators: settings.administrators ?? [],
    instance: `${hostname()} ${process.pid} ${randomUUID()}`,
  };
  const { auditLog } = settings;
  const audit = auditLog ? await AuditLog.open(auditLog, context.publicUrl, log) : undefined;
  const certificateEnds = context.identity.certificate.notAfter;
  const self = { version: versionOf(import.meta.url), certificateEnds };
  const contract = await loadContract(WSDL.vbslustre);
  const reconciler = new Reconciler();
  return {
    replay: new DatabaseReplayCache(database, log),
    audit,
    endpoints: [
      userEndpoint(contract, frontEnd, settings),
      callbackEndpoint(contract, frontEnd),
      await adminEndpoint(frontEnd, self),
    ],
    pages: await statusPages(frontEnd, context.publicUrl),
    checks: { database: () => askDatabase(database) },
    measure: (metrics) => measure(frontEnd, () => reconciler.leads, metrics),
    start: () => {
      if (settings.reconcileSeconds === 0)
        return log.warn('nothing is put right: reconcileSeconds is 0');
      const patienceMs = settings.delegateTimeoutSeconds * 1000 + ANSWER_GRACE_MS;
      reconciler.start(frontEnd, settings.reconcileSeconds * 1000, patienceMs, log);
    },
    stop: async () => {
      await reconciler.stop();
      await database.destroy();
    },
  };
}

/** What users call: whoever is trusted, and is no delegate. */
function userEndpoint(contract: Contract, frontEnd: FrontEnd, settings: Settings) {
  const rosters = [frontEnd.volumeDelegates.roster, frontEnd.vmmDelegates.roster];
  return endpoint<vbslustre.VBSLustre>(contract, 'VBSLustre', {
    path: '/vbslustre',
    admits: (userId) => !rosters.some((roster) => roster.admits(userId)),
    algorithms: settings.acceptSha1Signatures ? WITH_SHA1 : MODERN,
    explain: explainUnavailable,
    handlers: {
      CreateVolume: createVolume(frontEnd),
      ModifyVolume: modifyVolume(frontEnd),
      DeleteVolume: deleteVolume(frontEnd),
      DescribeVolume: describeVolume(frontEnd),
      DescribeVolumes: describeVolumes(frontEnd),
      CreateSnapshot: createSnapshot(frontEnd),
      DeleteSnapshot: deleteSnapshot(frontEnd),
      VerifySnapshot: verifySnapshot(frontEnd),
      DescribeSnapshot: describeSnapshot(frontEnd),
      DescribeSnapshots: describeSnapshots(frontEnd),
      ModifySnapshotAttribute: modifySnapshotAttribute(frontEnd),
      DescribeSnapshotAttribute: describeSnapshotAttribute(frontEnd),
      EnableFastSnapshotRestores: enableFastSnapshotRestores(frontEnd),
      DisableFastSnapshotRestores: disableFastSnapshotRestores(frontEnd),
      DescribeFastSnapshotRestores: describeFastSnapshotRestores(frontEnd),
      AttachVolume: attachVolume(frontEnd),
      DetachVolume: detachVolume(frontEnd),
      CreateTags: createTags(frontEnd),
      DeleteTags: deleteTags(frontEnd),
      DescribeEvents: describeEvents(frontEnd),
      DescribeLimits: describeLimits(frontEnd),
      ImportVolume: importVolume(frontEnd),
      ExportVolume: exportVolume(frontEnd),
      DescribeExportTasks: describeExportTasks(frontEnd),
    },
  });
}

/** What delegates report, each of its kind; nobody else is believed. */
function callbackEndpoint(contract: Contract, frontEnd: FrontEnd) {
  const { volumeDelegates, vmmDelegates } = frontEnd;
  return endpoint<vbslustre.VBSLustreCallback>(contract, 'VBSLustreCallback', {
    path: '/vbslustre/callback',
    admits: (userId, operation) => {
      const { roster } = operation === 'AnnounceVmmDelegate' ? vmmDelegates : volumeDelegates;
      return roster.admits(userId);
    },
    continuesRequests: true,
    explain: explainUnavailable,
    handlers: {
      AnnounceVolumeDelegate: announceVolumeDelegate(frontEnd),
      AnnounceVmmDelegate: announceVmmDelegate(frontEnd),
      CopyRange: copyRange(frontEnd),
      UpdateVolumeStatus: updateVolumeStatus(frontEnd),
      UpdateSnapshotStatus: updateSnapshotStatus(frontEnd),
      UpdateExportStatus: updateExportStatus(frontEnd),
    },
  });
}

function volumeDelegatesOf(database: Database, settings: Settings, context: ServiceContext) {
  const { volumeDelegateSubjects: subjects, heartbeatSeconds: intervalSeconds } = settings;
  const roster = new Roster(database, { kind: 'volume', subjects, intervalSeconds });
  // It answers an order at once, and works on it afterwards.
  const timeoutSeconds = Math.min(settings.delegateTimeoutSeconds, ORDER_TIMEOUT_SECONDS);
  const connect = connector(connectVolumeDelegate, context, timeoutSeconds);
  return new VolumeDelegates(roster, connect, context.log);
}

function vmmDelegatesOf(database: Database, settings: Settings, context: ServiceContext) {
  const { vmmDelegateSubjects: subjects, heartbeatSeconds: intervalSeconds } = settings;
  const roster = new Roster(database, { kind: 'vmm', subjects, intervalSeconds });
  const connect = connector(connectVmmDelegate, context, settings.delegateTimeoutSeconds);
  return new VmmDelegates(roster, connect, context.log, settings.delegateTimeoutSeconds * 1000);
}

function connector<C>(
  connect: (options: ClientOptions) => Promise<C>,
  { identity, trust, tlsAuthority }: ServiceContext,
  timeoutSeconds: number,
): Connect<C> {
  const timeoutMs = timeoutSeconds * 1000;
  // An order to a delegate that is down must be known not to have arrived, or it keeps its place on the volume.
  const common = { identity, trust, tlsAuthority, timeoutMs, keepAlive: false };
  return ({ url, subject }) => connect({ ...common, url, peers: [subject] });
}
