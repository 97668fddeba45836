import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Unix sockets have short names (108 bytes): a QMP socket must fit behind this. */
const LONGEST_SOCKET_FOLDER = 70;

/** Where a deployment on one machine keeps its things. */
export class Layout {
  readonly home: string;

  constructor(home: string) {
    this.home = home;
  }

  /** Certificates and keys of the authority, the services and the users. */
  get pki(): string {
    return join(this.home, 'pki');
  }

  get volumes(): string {
    return join(this.home, 'volumes');
  }

  /** Where users hand in files, and fetch them. */
  get exchange(): string {
    return join(this.home, 'exchange');
  }

  get database(): string {
    return join(this.home, 'vbs.sqlite');
  }

  /** Whom the front end trusts: the authority, hence users and delegates. */
  get frontEndTrust(): string {
    return join(this.home, 'trust', 'front-end');
  }

  /** Whom the delegates trust: the front end's certificate and nobody else's. */
  get delegateTrust(): string {
    return join(this.home, 'trust', 'delegates');
  }

  config(service: string): string {
    return join(this.home, 'config', `${service}.json`);
  }

  log(service: string): string {
    return join(this.home, 'log', `${service}.log`);
  }

  state(service: string): string {
    return join(this.home, 'state', service);
  }

  /** The QMP sockets of a host's virtual machines. */
  vms(host: string): string {
    const folder = join(this.home, 'vms', host);
    return folder.length <= LONGEST_SOCKET_FOLDER ? folder : elsewhere(folder);
  }

  /** Where scripts for a virtual machine are taken. */
  shell(vm: string): string {
    return join(this.vms('shells'), vm);
  }

  /** What a Xen host has of this machine: its consoles and sockets. */
  xenHost(host: string): string {
    const folder = join(this.home, 'hosts', host);
    return folder.length <= LONGEST_SOCKET_FOLDER ? folder : elsewhere(folder);
  }

  /** The folder that a Xen host's control domain sees as /etc/vbs-lustre. */
  xenSettings(host: string): string {
    return join(this.home, 'config', host);
  }

  /** The PostgreSQL server: where its own user gets in, too. */
  get postgres(): string {
    return elsewhere(join(this.home, 'postgres'));
  }
}

/** A short name for a folder, the same each time. */
function elsewhere(folder: string): string {
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return join(tmpdir(), `vbs-${digest}`);
}
