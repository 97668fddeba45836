import type { GuestAgent } from '../agent/guestAgent.js';
import { LabGuest } from '../agent/labGuest.js';
import type { XenHost } from './xenHost.js';

/** A paravirtual guest of a Xen host. */
export class XenGuest extends LabGuest {
  readonly #host: XenHost;

  constructor(host: XenHost, name: string, consoleLog: string, agent: GuestAgent) {
    super(name, consoleLog, agent);
    this.#host = host;
  }

  override diskOf(_volumeId: string, device: string): string {
    return device;
  }

  override async crash(): Promise<void> {
    await this.#host.must(`xl destroy ${this.name}`);
  }
}
