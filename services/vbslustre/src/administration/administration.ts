import { loadContract } from '@vbs-lustre/shared/soap/contract';
import { type Endpoint, endpoint, type Handler } from '@vbs-lustre/shared/soap/endpoint';
import { type vbslustreAdmin, WSDL } from '@vbs-lustre/wsdl';
import { isAdministrator } from '../administrators.js';
import type { FrontEnd } from '../frontEnd.js';
import { explainUnavailable } from '../metadata/unavailable.js';
import { describeDelegates } from './describeDelegates.js';
import { describeHealth, type Self } from './describeHealth.js';
import { describeOrphans } from './describeOrphans.js';
import { describeQuotas } from './describeQuotas.js';
import { describeUsers } from './describeUsers.js';
import { drainDelegate } from './drainDelegate.js';
import { modifyQuotas } from './modifyQuotas.js';

/** An operation that administrators call. */
export type AdminOperation<Name extends keyof vbslustreAdmin.VBSLustreAdmin> = Handler<
  vbslustreAdmin.VBSLustreAdmin[Name]
>;

/** What administrators call. Everybody else is refused before he is told what there is. */
export async function adminEndpoint(frontEnd: FrontEnd, self: Self): Promise<Endpoint> {
  const { volumeDelegates, vmmDelegates } = frontEnd;
  const rosters = [volumeDelegates.roster, vmmDelegates.roster];
  const contract = await loadContract(WSDL.vbslustreAdmin);
  return endpoint<vbslustreAdmin.VBSLustreAdmin>(contract, 'VBSLustreAdmin', {
    path: '/vbslustre-admin',
    isListed: false,
    admits: (userId) =>
      isAdministrator(frontEnd, userId) && !rosters.some((roster) => roster.admits(userId)),
    explain: explainUnavailable,
    handlers: {
      DescribeUsers: describeUsers(frontEnd),
      DescribeQuotas: describeQuotas(frontEnd),
      ModifyQuotas: modifyQuotas(frontEnd),
      DescribeDelegates: describeDelegates(frontEnd),
      DrainDelegate: drainDelegate(frontEnd, true),
      UndrainDelegate: drainDelegate(frontEnd, false),
      DescribeOrphans: describeOrphans(frontEnd),
      DescribeHealth: describeHealth(frontEnd, self),
    },
  });
}
