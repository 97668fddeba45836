import type { AdminClient } from '@vbs-lustre/client';
import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import { delegateFindings } from './delegates.js';
import { certificateFindings, type Finding, note } from './finding.js';
import { lookAtFrontEnd, serviceFindings } from './frontEnds.js';

const LATELY_MS = 7 * 24 * 3_600_000;

/**
 * Looks at a whole deployment; changes nothing.
 * @param ownEnds when the caller's certificate ends
 * @throws {ServiceFault} if the caller may not ask
 */
export async function examine(
  frontEnds: readonly { endpoint: string; client: AdminClient }[],
  ownEnds: Date,
): Promise<Finding[]> {
  const now = new Date();
  const own = certificateFindings('you', ownEnds, now);
  const looks = await Promise.all(
    frontEnds.map(({ endpoint, client }) => lookAtFrontEnd(endpoint, client)),
  );
  const found = [...own, ...looks.flatMap(({ findings }) => findings)];
  const answering = looks.find(({ health }) => health);
  if (!answering?.health) return found;
  const { client, health } = answering;
  const { delegateSet } = await client.DescribeDelegates({});
  const { orphanSet } = await client.DescribeOrphans({});
  const versions = [...looks.map((each) => each.health), ...delegateSet.item];
  return [
    ...found,
    ...serviceFindings(health),
    ...delegateFindings(delegateSet.item, now),
    ...versionFindings(versions.flatMap((each) => each?.version ?? [])),
    ...orphanFindings(orphanSet.item, now),
  ];
}

function versionFindings(versions: readonly string[]): Finding[] {
  const different = [...new Set(versions)].sort();
  if (different.length <= 1) return [];
  const problem = `there are several: ${different.join(', ')}`;
  return [note('versions', problem, 'end the upgrade; see vbs admin delegates')];
}

/** Records without their files are among the front end's troubles. */
function orphanFindings(orphans: readonly vbslustreAdmin.Orphan[], now: Date): Finding[] {
  const lately = orphans.filter(
    ({ kind, time }) => kind !== 'record' && now.getTime() - time.getTime() < LATELY_MS,
  );
  if (lately.length === 0) return [];
  const problem = `${lately.length} were put right in the last 7 days`;
  return [note('orphans', problem, 'see vbs admin orphans')];
}
