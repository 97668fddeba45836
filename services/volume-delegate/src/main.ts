#!/usr/bin/env node
import { type CallbackClient, connectCallback } from '@vbs-lustre/client';
import { runService, type ServiceContext, type ServiceParts } from '@vbs-lustre/shared/service';
import { loadContract } from '@vbs-lustre/shared/soap/contract';
import { endpoint } from '@vbs-lustre/shared/soap/endpoint';
import { MemoryReplayCache } from '@vbs-lustre/shared/wssecurity/replay';
import { type volumeDelegate, WSDL } from '@vbs-lustre/wsdl';
import { Jobs } from './jobs/jobs.js';
import { Journal } from './jobs/journal.js';
import { report } from './jobs/reporter.js';
import { VolumeFiles } from './jobs/volumeFiles.js';
import { createSnapshotFile } from './operations/createSnapshotFile.js';
import { createVolumeFile } from './operations/createVolumeFile.js';
import { deleteFile } from './operations/deleteFile.js';
import { describeFiles } from './operations/describeFiles.js';
import { describeFreeSpace } from './operations/describeFreeSpace.js';
import { describeHealth } from './operations/describeHealth.js';
import { describeOneJob } from './operations/describeJob.js';
import { releaseClaims } from './operations/releaseClaims.js';
import { setFileAside } from './operations/setFileAside.js';
import { PREFIX, type Settings, settingsSchema } from './settings.js';
import { ClaimFiles } from './storage/claimFiles.js';
import { FileList } from './storage/fileList.js';
import { openStorage } from './storage/open.js';
import { SpaceLedger } from './storage/space.js';

const MIB = 1024 * 1024;
const CALLBACK_TIMEOUT_MS = 10_000;

await runService('volume-delegate', PREFIX, settingsSchema, build);

async function build(settings: Settings, context: ServiceContext): Promise<ServiceParts> {
  const { log } = context;
  const commandTimeoutMs = settings.commandTimeoutSeconds * 1000;
  const directory = settings.volumeDirectory;
  const storage = await openStorage(
    {
      directory,
      kind: settings.storage,
      stripeSize: settings.stripeSize,
      stripeCount: settings.stripeCount,
      commandTimeoutMs,
      programs: { lfs: settings.lfs, stat: settings.stat },
    },
    log,
  );
  const reserveBytes = settings.reserveMiB * MIB;
  const ledger = new SpaceLedger(storage, { directory, commandTimeoutMs, reserveBytes });
  const frontEnds = await connectFrontEnds(settings, context);
  const files = new VolumeFiles(directory, commandTimeoutMs);
  const jobs = new Jobs({
    journal: await Journal.open(settings.stateDirectory),
    ledger,
    files,
    log,
    maxJobs: settings.maxJobs,
    maxQueuedJobs: settings.maxQueuedJobs,
    report: (job, signal) => report(job, frontEnds, log, signal),
  });
  await jobs.resume();
  const contract = await loadContract(WSDL.volumeDelegate);
  return {
    replay: new MemoryReplayCache(),
    endpoints: [
      endpoint<volumeDelegate.VolumeDelegate>(contract, 'VolumeDelegate', {
        path: '/volume-delegate',
        admits: (userId) => settings.frontEndSubjects.includes(userId),
        handlers: {
          CreateVolumeFile: createVolumeFile(jobs),
          CreateSnapshotFile: createSnapshotFile(jobs),
          DeleteFile: deleteFile(jobs),
          ReleaseClaims: releaseClaims(new ClaimFiles(directory, commandTimeoutMs)),
          DescribeJob: describeOneJob(jobs),
          DescribeFreeSpace: describeFreeSpace(ledger),
          DescribeFiles: describeFiles(new FileList(directory, commandTimeoutMs), storage),
          SetFileAside: setFileAside(jobs, files),
          DescribeHealth: describeHealth(jobs, storage),
        },
      }),
    ],
    stop: () => jobs.stop(),
  };
}

function connectFrontEnds(settings: Settings, context: ServiceContext): Promise<CallbackClient[]> {
  const { identity, trust, tlsAuthority } = context;
  const options = { identity, trust, tlsAuthority, peers: settings.frontEndSubjects };
  return Promise.all(
    settings.frontEnds.map((url) =>
      connectCallback({ ...options, url, timeoutMs: CALLBACK_TIMEOUT_MS }),
    ),
  );
}
