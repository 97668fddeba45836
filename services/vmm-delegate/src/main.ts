#!/usr/bin/env node
import {
  ANNOUNCE_TIMEOUT_MS,
  Announcer,
  addressOf,
  type CallbackClient,
  connectFrontEnds,
} from '@vbs-lustre/client';
import { Locks } from '@vbs-lustre/shared/locks';
import { METRICS } from '@vbs-lustre/shared/monitor/catalogue';
import { useLauncher } from '@vbs-lustre/shared/process/run';
import { runService, type ServiceContext, type ServiceParts } from '@vbs-lustre/shared/service';
import { SettingsError } from '@vbs-lustre/shared/settings';
import { loadContract } from '@vbs-lustre/shared/soap/contract';
import { endpoint } from '@vbs-lustre/shared/soap/endpoint';
import { commonNameOf } from '@vbs-lustre/shared/trust/commonName';
import { versionOf } from '@vbs-lustre/shared/version';
import { MemoryReplayCache } from '@vbs-lustre/shared/wssecurity/replay';
import { type vmmDelegate, WSDL } from '@vbs-lustre/wsdl';
import { Attachments } from './attachments.js';
import { Copies } from './copies.js';
import { Files } from './files/files.js';
import { Claims } from './guard/claims.js';
import { Guard } from './guard/guard.js';
import { ClaimsWatch } from './guard/watch.js';
import type { Hypervisor } from './hypervisors/driver.js';
import { openHypervisor } from './hypervisors/open.js';
import { attachVolume } from './operations/attachVolume.js';
import { describeCopy, endCopy, startCopy } from './operations/copies.js';
import { describeAttachments } from './operations/describeAttachments.js';
import { describeHealth } from './operations/describeHealth.js';
import { describeInstances } from './operations/describeInstances.js';
import { detachVolume } from './operations/detachVolume.js';
import { resizeVolume } from './operations/resizeVolume.js';
import { PREFIX, type Settings, settingsSchema } from './settings.js';
import { VolumeDirectory } from './volumeDirectory.js';

const MIB = 1024 * 1024;
const PATH = '/vmm-delegate';

useLauncher();
await runService('vmm-delegate', PREFIX, settingsSchema, build);

async function build(settings: Settings, context: ServiceContext): Promise<ServiceParts> {
  const { log, identity } = context;
  const host = commonNameOf(identity.certificate);
  const url = addressOf(context, PATH);
  const hypervisor = hypervisorOf(settings);
  const files = new Files(settings.commandTimeoutSeconds * 1000);
  const volumes = await VolumeDirectory.open(settings.volumeDirectory, files, log);
  const guard = new Guard(host, new Claims(volumes.path, files), volumes, log);
  const locks = new Locks();
  const attachments = new Attachments(hypervisor, volumes, guard, log, locks);
  const copies = new Copies(hypervisor, volumes, guard, log, locks);
  const watch = new ClaimsWatch();
  let draining = false;
  const version = versionOf(import.meta.url);
  const announcer = new Announcer<CallbackClient>(
    await connectFrontEnds(settings, context, ANNOUNCE_TIMEOUT_MS),
    (frontEnd) => {
      const resizes = hypervisor.resize !== undefined;
      const copies = hypervisor.copier !== undefined;
      const about = { hypervisor: hypervisor.name, draining, resizes, version, copies };
      return frontEnd.AnnounceVmmDelegate({ url, ...about });
    },
    log,
  );
  const contract = await loadContract(WSDL.vmmDelegate);
  return {
    replay: new MemoryReplayCache(),
    endpoints: [
      endpoint<vmmDelegate.VmmDelegate>(contract, 'VmmDelegate', {
        path: PATH,
        admits: (userId) => settings.frontEndSubjects.includes(userId),
        continuesRequests: true,
        handlers: {
          AttachVolume: attachVolume(attachments, host),
          DetachVolume: detachVolume(attachments, host),
          ResizeVolume: resizeVolume(attachments, host),
          StartCopy: startCopy(copies, host),
          DescribeCopy: describeCopy(copies, host),
          EndCopy: endCopy(copies, host),
          DescribeAttachments: describeAttachments(attachments),
          DescribeInstances: describeInstances(hypervisor),
          DescribeHealth: describeHealth(hypervisor),
        },
      }),
    ],
    checks: { 'volume directory': () => volumes.look(), announced: () => announcer.isHeard },
    measure: (metrics) => {
      metrics.gauge(METRICS.heard, () => [{ value: Number(announcer.isHeard) }]);
    },
    start: () => {
      watch.start(attachments, copies, settings.guardSeconds * 1000, log);
      announcer.start();
    },
    drain: () => {
      draining = true;
      void announcer.now();
    },
    stop: async () => {
      await Promise.all([watch.stop(), announcer.stop(), hypervisor.copier?.stop?.()]);
    },
  };
}

function hypervisorOf(settings: Settings): Hypervisor {
  const timeoutMs = settings.hypervisorTimeoutSeconds * 1000;
  if (settings.hypervisor === 'xen') {
    return openHypervisor({
      driver: 'xen',
      program: settings.xenProgram,
      syntax: settings.xenSyntax,
      xenstoreSocket: settings.xenstoreSocket,
      clonePauseMs: settings.clonePauseMilliseconds,
      maxPauseMs: settings.maxPauseMilliseconds,
      copyBytesPerSecond: settings.pausedCopyMiBPerSecond * MIB,
      timeoutMs,
    });
  }
  if (settings.qmpDirectory === undefined) {
    throw new SettingsError(
      'The setting qmpDirectory (VMM_DELEGATE_QMP_DIRECTORY) is missing: qemu needs it.',
    );
  }
  return openHypervisor({
    driver: 'qemu',
    directory: settings.qmpDirectory,
    copyBytesPerSecond: settings.copyMiBPerSecond * MIB,
    timeoutMs,
  });
}
