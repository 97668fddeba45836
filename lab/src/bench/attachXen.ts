import { XenDelegate } from '../xen/xenDelegate.js';
import type { AttachBench } from './attachBench.js';

/** Timed in the control domain itself: xl alone, without the way there. */
export const benchXen: AttachBench = {
  name: 'xen',
  delegate: { name: 'xen1', isOnXen: true },
  boot: async (deployment) => {
    const delegate = await XenDelegate.boot(deployment, 'xen1', ['vm1']);
    const { host } = delegate;
    await delegate.start();
    const guest = await host.startGuest('vm1');
    const seconds = async (command: string) => {
      const output = await host.must(`TIMEFORMAT=%R; time ${command}`);
      return Number(output.trim()) * 1_000;
    };
    return {
      guest,
      attach: (file) =>
        seconds(`xl block-attach vm1 format=raw,vdev=xvdc,access=w,target=/volumes/${file}`),
      detach: () => seconds('xl block-detach vm1 xvdc'),
      stop: () => host.stop(),
    };
  },
};
