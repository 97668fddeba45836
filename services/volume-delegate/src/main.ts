#!/usr/bin/env node
import {
  ANNOUNCE_TIMEOUT_MS,
  Announcer,
  addressOf,
  type CallbackClient,
  connectFrontEnds,
} from '@vbs-lustre/client';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { METRICS } from '@vbs-lustre/shared/monitor/catalogue';
import { useLauncher } from '@vbs-lustre/shared/process/run';
import { runService, type ServiceContext, type ServiceParts } from '@vbs-lustre/shared/service';
import { loadContract } from '@vbs-lustre/shared/soap/contract';
import { endpoint } from '@vbs-lustre/shared/soap/endpoint';
import { MemoryReplayCache } from '@vbs-lustre/shared/wssecurity/replay';
import { type volumeDelegate, WSDL } from '@vbs-lustre/wsdl';
import { announcementOf, Room } from './announcement.js';
import { Checksums } from './checksum/checksums.js';
import { openExchange } from './exchange/openExchange.js';
import { Jobs } from './jobs/jobs.js';
import { Journal } from './jobs/journal.js';
import { openCopier } from './jobs/openCopier.js';
import { Pace } from './jobs/pace.js';
import { report } from './jobs/reporter.js';
import { VolumeFiles } from './jobs/volumeFiles.js';
import { VolumeTypes } from './jobs/volumeTypes.js';
import { measure, measureMirrors, sizeOf } from './measure.js';
import { checksumSnapshotFile } from './operations/checksumSnapshotFile.js';
import { copyRange } from './operations/copyRange.js';
import { createSnapshotFile } from './operations/createSnapshotFile.js';
import { createVolumeFile } from './operations/createVolumeFile.js';
import { deleteFile } from './operations/deleteFile.js';
import { describeExchangeFile } from './operations/describeExchangeFile.js';
import { describeFiles } from './operations/describeFiles.js';
import { describeFreeSpace } from './operations/describeFreeSpace.js';
import { describeHealth } from './operations/describeHealth.js';
import { describeOneJob } from './operations/describeJob.js';
import { exportFile } from './operations/exportFile.js';
import { extendVolumeFile } from './operations/extendVolumeFile.js';
import { dropSnapshotFile, prepareSnapshotFile } from './operations/prepareSnapshotFile.js';
import { releaseClaims } from './operations/releaseClaims.js';
import { setFileAside } from './operations/setFileAside.js';
import { ProgressWatch } from './progress.js';
import { runIn } from './runIn.js';
import { PREFIX, type Settings, settingsSchema } from './settings.js';
import { Help } from './split/help.js';
import { RangeWork } from './split/rangeWork.js';
import { SharedCopy } from './split/sharedCopy.js';
import { ClaimFiles } from './storage/claimFiles.js';
import { FileList } from './storage/fileList.js';
import { Mirrors } from './storage/mirrors.js';
import { MirrorWatch } from './storage/mirrorWatch.js';
import { openStorage } from './storage/open.js';
import { SpaceLedger } from './storage/space.js';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const CALLBACK_TIMEOUT_MS = 10_000;
const PATH = '/volume-delegate';

useLauncher();
await runService('volume-delegate', PREFIX, settingsSchema, build);

async function build(settings: Settings, context: ServiceContext): Promise<ServiceParts> {
  const { log } = context;
  const url = addressOf(context, PATH);
  const commandTimeoutMs = settings.commandTimeoutSeconds * 1000;
  const directory = settings.volumeDirectory;
  const types = new VolumeTypes(settings.blank, settings.volumeTypes);
  const mostMirrors = types.mostMirrors(settings.mirrors);
  const storage = await openStorage(
    {
      directory,
      kind: settings.storage,
      stripeSize: settings.stripeSize,
      stripeCount: settings.stripeCount,
      mirrors: settings.mirrors,
      mostMirrors,
      commandTimeoutMs,
      programs: { lfs: settings.lfs, stat: settings.stat },
    },
    log,
  );
  const mirrors =
    storage.kind === 'lustre'
      ? new Mirrors({ directory, commandTimeoutMs, programs: { lfs: settings.lfs } }, log)
      : undefined;
  const reserveBytes = settings.reserveMiB * MIB;
  const { overCommit } = settings;
  const ledger = new SpaceLedger(storage, {
    ...{ directory, commandTimeoutMs, reserveBytes, overCommit, mostMirrors },
  });
  const frontEnds = await connectFrontEnds(settings, context, CALLBACK_TIMEOUT_MS);
  const pace = new Pace(settings.maxMiBPerSecond, settings.maxJobs);
  const files = new VolumeFiles(directory, commandTimeoutMs, pace);
  const shared =
    settings.splitGiB === undefined
      ? undefined
      : new SharedCopy(files, new Help(frontEnds, log), settings.splitGiB * GIB, log);
  const copier = await openCopier(files, pace, settings, log, shared);
  const exchange = await openExchange(
    settings.exchangeDirectory,
    directory,
    commandTimeoutMs,
    pace,
  );
  const jobs = new Jobs({
    journal: await Journal.open(settings.stateDirectory),
    ledger,
    files,
    copier,
    exchange,
    mirrors,
    types,
    checksums: new Checksums(directory, commandTimeoutMs, pace),
    log,
    maxJobs: settings.maxJobs,
    maxQueuedJobs: settings.maxQueuedJobs,
    report: (job, signal) => report(job, frontEnds, log, signal),
  });
  const ranges = new RangeWork(copier, jobs.lanes.copy, () => jobs.isDraining, log);
  const room = new Room(ledger, log);
  await room.look();
  const progress = new ProgressWatch(jobs, copier, directory, commandTimeoutMs, log);
  const announcer = new Announcer<CallbackClient>(
    await connectFrontEnds(settings, context, ANNOUNCE_TIMEOUT_MS),
    async (frontEnd) => {
      const announcement = announcementOf(url, jobs, room, progress.seen, types.names);
      const answer = await frontEnd.AnnounceVolumeDelegate(announcement);
      for (const { orderId } of answer.withdrawnSet.item) giveUp(jobs, orderId, log);
      return answer;
    },
    log,
  );
  await jobs.resume(announcer.heard);
  const watch =
    mirrors &&
    new MirrorWatch({
      ...{ directory, commandTimeoutMs, mirrors, log },
      isClaimed: (id) => files.isClaimed(id),
      pauseMs: settings.resyncSeconds * 1000,
    });
  const contract = await loadContract(WSDL.volumeDelegate);
  return {
    replay: new MemoryReplayCache(),
    endpoints: [
      endpoint<volumeDelegate.VolumeDelegate>(contract, 'VolumeDelegate', {
        path: PATH,
        admits: (userId) => settings.frontEndSubjects.includes(userId),
        continuesRequests: true,
        handlers: {
          CreateVolumeFile: createVolumeFile(jobs, types, exchange),
          ExtendVolumeFile: extendVolumeFile(jobs),
          CreateSnapshotFile: createSnapshotFile(jobs),
          ChecksumSnapshotFile: checksumSnapshotFile(jobs),
          ExportFile: exportFile(jobs, exchange),
          DescribeExchangeFile: describeExchangeFile(exchange),
          PrepareSnapshotFile: prepareSnapshotFile(jobs, ledger, files),
          DropSnapshotFile: dropSnapshotFile(ledger),
          DeleteFile: deleteFile(jobs),
          ReleaseClaims: releaseClaims(new ClaimFiles(directory, commandTimeoutMs)),
          CopyRange: copyRange(ranges),
          DescribeJob: describeOneJob(jobs),
          DescribeFreeSpace: describeFreeSpace(ledger),
          DescribeFiles: describeFiles(new FileList(directory, commandTimeoutMs), storage),
          SetFileAside: setFileAside(jobs, files, ledger),
          DescribeHealth: describeHealth(jobs, storage),
        },
      }),
    ],
    checks: { 'volume directory': () => storage.targets(), announced: () => announcer.isHeard },
    measure: (metrics) => {
      const run = runIn(directory, commandTimeoutMs);
      measure(jobs, room, () => sizeOf(run, settings.stat), metrics);
      metrics.gauge(METRICS.heard, () => [{ value: Number(announcer.isHeard) }]);
      if (watch) measureMirrors(watch, metrics);
    },
    start: () => {
      announcer.start();
      watch?.start();
    },
    drain: () => {
      jobs.drain();
      void announcer.now();
    },
    stop: async () => {
      await Promise.all([jobs.stop(), ranges.stop(), announcer.stop(), watch?.stop()]);
      // Who is heard has handed over; else the next start goes on with what it finds.
      if (await announcer.now()) await jobs.handOver();
    },
  };
}

/** In the background: a command that runs has to be ended. */
function giveUp(jobs: Jobs, orderId: string, log: Log): void {
  jobs.withdraw(orderId).catch((error) => {
    log.error('a withdrawn order could not be given up', { orderId, ...errorFields(error) });
  });
}
