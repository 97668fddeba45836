import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { orderCreation } from '../fileOrders.js';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { insertVolume } from '../metadata/volumes.js';
import { checkQuotas } from '../quotas.js';
import { checkTags } from './checkTags.js';
import { createOnce } from './createOnce.js';
import { checkFileName } from './exchange.js';
import { presentVolume } from './present.js';
import { ownVolumeWithAttachments, tokenUse } from './validate.js';
import { importSize } from './volumeSize.js';

/**
 * Import-volume: like create-volume, with a copy of a file that the user has put into his exchange folder. Its size is asked
 * for first; the file must still have it when it is copied.
 */
export function importVolume(frontEnd: FrontEnd): UserOperation<'ImportVolume'> {
  const { database, volumeDelegates, maxVolumeSizeGiB, quotas } = frontEnd;
  return async (request, { userId }) => {
    const { fileName } = request;
    checkFileName(fileName);
    checkFormat(request);
    const tags = checkTags(request.tagSet);
    const use = tokenUse('ImportVolume', request, userId);
    const plan = async () => {
      const name = { owner: userId, fileName };
      const fileBytes = await volumeDelegates.lookInExchange({ ...name, purpose: 'import' });
      if (fileBytes === 0) throw isEmpty(fileName, userId);
      const sizeBytes = importSize(request, fileBytes, maxVolumeSizeGiB);
      const importFrom = { fileName, sizeBytes: fileBytes };
      const ids = { id: newId('vol'), owner: userId, orderId: newId('ord') };
      const source = { snapshotId: undefined, snapshotConsistency: undefined, importFrom };
      return { table: 'volumes' as const, ...ids, ...source, sizeBytes, tags, delegate: '' };
    };
    const outcome = await createOnce(database, use, plan, async (transaction, volume) => {
      const adding = { volumes: 1, bytes: volume.sizeBytes };
      await checkQuotas(transaction, quotas, userId, adding, 'VolumeLimitExceeded');
      volume.delegate = await volumeDelegates.choose(transaction);
      await insertVolume(transaction, volume);
    });
    if ('made' in outcome) await orderCreation(frontEnd, outcome.made);
    const id = 'made' in outcome ? outcome.made.id : outcome.known;
    return presentVolume(await ownVolumeWithAttachments(database, id, userId));
  };
}

/** What a file is, is never guessed from its bytes: a guest could write them. */
function checkFormat({ format = 'raw' }: vbslustre.ImportVolume): void {
  if (format === 'raw') return;
  throw new ServiceFault(
    'InvalidParameterValue',
    'The parameter format must be raw; convert the file first, for instance by qemu-img convert -O raw.',
  );
}

function isEmpty(fileName: string, userId: string): ServiceFault {
  return new ServiceFault(
    'InvalidParameterValue',
    `The file ${fileName} in your exchange folder ${exchangeFolderOf(userId)} is empty.`,
  );
}
