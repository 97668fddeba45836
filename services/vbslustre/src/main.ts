#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  connectVmmDelegate,
  connectVolumeDelegate,
  type VmmDelegateClient,
  type VolumeDelegateClient,
} from '@vbs-lustre/client';
import { runService, type ServiceContext, type ServiceParts } from '@vbs-lustre/shared/service';
import { type Contract, loadContract } from '@vbs-lustre/shared/soap/contract';
import { endpoint } from '@vbs-lustre/shared/soap/endpoint';
import { MODERN, WITH_SHA1 } from '@vbs-lustre/shared/wssecurity/algorithms';
import { type vbslustre, WSDL } from '@vbs-lustre/wsdl';
import { VmmDelegates } from './delegates/vmmDelegates.js';
import { VolumeDelegates } from './delegates/volumeDelegates.js';
import type { FrontEnd } from './frontEnd.js';
import { openDatabase } from './metadata/database.js';
import { DatabaseReplayCache } from './metadata/replayCache.js';
import { explainUnavailable } from './metadata/unavailable.js';
import { attachVolume } from './operations/attachVolume.js';
import { createSnapshot } from './operations/createSnapshot.js';
import { createVolume } from './operations/createVolume.js';
import { deleteSnapshot } from './operations/deleteSnapshot.js';
import { deleteVolume } from './operations/deleteVolume.js';
import { describeSnapshot } from './operations/describeSnapshot.js';
import { describeSnapshots } from './operations/describeSnapshots.js';
import { describeVolume } from './operations/describeVolume.js';
import { describeVolumes } from './operations/describeVolumes.js';
import { detachVolume } from './operations/detachVolume.js';
import { updateSnapshotStatus } from './operations/updateSnapshotStatus.js';
import { updateVolumeStatus } from './operations/updateVolumeStatus.js';
import { Reconciler } from './reconcile/reconciler.js';
import { PREFIX, type Settings, settingsSchema } from './settings.js';

/** After the time that an answer is waited for, its operation has surely given up; clocks may differ a little. */
const ANSWER_GRACE_MS = 15_000;

await runService('vbslustre', PREFIX, settingsSchema, build);

async function build(settings: Settings, context: ServiceContext): Promise<ServiceParts> {
  const { log } = context;
  if (settings.acceptSha1Signatures) log.warn('signatures with SHA-1 are accepted');
  const database = await openDatabase(settings.database, log);
  const frontEnd: FrontEnd = {
    database,
    volumeDelegates: await connectVolumeDelegates(settings, context),
    vmmDelegates: await connectVmmDelegates(settings, context),
    maxVolumeSizeGiB: settings.maxVolumeSizeGiB,
    instance: `${hostname()} ${process.pid} ${randomUUID()}`,
  };
  const contract = await loadContract(WSDL.vbslustre);
  const reconciler = new Reconciler();
  return {
    replay: new DatabaseReplayCache(database, log),
    endpoints: [
      userEndpoint(contract, frontEnd, settings),
      callbackEndpoint(contract, frontEnd, settings),
    ],
    start: () => {
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
  const delegates = [...settings.volumeDelegates, ...settings.vmmDelegates];
  const services = new Set(delegates.map(({ subject }) => subject));
  return endpoint<vbslustre.VBSLustre>(contract, 'VBSLustre', {
    path: '/vbslustre',
    admits: (userId) => !services.has(userId),
    algorithms: settings.acceptSha1Signatures ? WITH_SHA1 : MODERN,
    explain: explainUnavailable,
    handlers: {
      CreateVolume: createVolume(frontEnd),
      DeleteVolume: deleteVolume(frontEnd),
      DescribeVolume: describeVolume(frontEnd),
      DescribeVolumes: describeVolumes(frontEnd),
      CreateSnapshot: createSnapshot(frontEnd),
      DeleteSnapshot: deleteSnapshot(frontEnd),
      DescribeSnapshot: describeSnapshot(frontEnd),
      DescribeSnapshots: describeSnapshots(frontEnd),
      AttachVolume: attachVolume(frontEnd),
      DetachVolume: detachVolume(frontEnd),
    },
  });
}

/** What Volume Delegates report; nobody else is believed. */
function callbackEndpoint(contract: Contract, frontEnd: FrontEnd, settings: Settings) {
  const subjects = new Set(settings.volumeDelegates.map(({ subject }) => subject));
  return endpoint<vbslustre.VBSLustreCallback>(contract, 'VBSLustreCallback', {
    path: '/vbslustre/callback',
    admits: (userId) => subjects.has(userId),
    explain: explainUnavailable,
    handlers: {
      UpdateVolumeStatus: updateVolumeStatus(frontEnd),
      UpdateSnapshotStatus: updateSnapshotStatus(frontEnd),
    },
  });
}

async function connectVolumeDelegates(settings: Settings, context: ServiceContext) {
  const clients = new Map<string, VolumeDelegateClient>();
  for (const { name, url, subject } of settings.volumeDelegates) {
    const options = clientOptions(settings, context, url, subject);
    clients.set(name, await connectVolumeDelegate(options));
  }
  return new VolumeDelegates(clients, context.log);
}

async function connectVmmDelegates(settings: Settings, context: ServiceContext) {
  const clients = new Map<string, VmmDelegateClient>();
  for (const { host, url, subject } of settings.vmmDelegates) {
    clients.set(host, await connectVmmDelegate(clientOptions(settings, context, url, subject)));
  }
  return new VmmDelegates(clients, context.log, settings.delegateTimeoutSeconds * 1000);
}

function clientOptions(settings: Settings, context: ServiceContext, url: string, subject: string) {
  const { identity, trust, tlsAuthority } = context;
  const timeoutMs = settings.delegateTimeoutSeconds * 1000;
  // An order to a delegate that is down must be known not to have arrived, or it keeps its place on the volume.
  const keepAlive = false;
  return { url, identity, trust, peers: [subject], tlsAuthority, timeoutMs, keepAlive };
}
