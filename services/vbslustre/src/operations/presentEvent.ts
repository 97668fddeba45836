import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Action, Event } from '../metadata/events.js';

/** Instead of reasons that are for operators: they have names of delegates, or words of theirs. */
const FOR_OWNERS: Partial<Record<Action, string>> = {
  'order-passed-on': 'the Volume Delegate that had the order is silent; another one has it now',
  'file-set-aside': 'a file of this name that belonged to nothing was moved away',
  'given-up': 'something cannot be put right now; it is tried again and again',
};

/** An event as the owner of its volume or snapshot sees it. */
export function presentEvent({ time, action, reason, details }: Event): vbslustre.Event {
  return {
    time,
    action,
    reason: FOR_OWNERS[action] ?? reason,
    instanceId: textIn(details.instanceId),
    vmm: textIn(details.vmm),
    device: textIn(details.device),
  };
}

function textIn(detail: unknown): string | undefined {
  return typeof detail === 'string' ? detail : undefined;
}
