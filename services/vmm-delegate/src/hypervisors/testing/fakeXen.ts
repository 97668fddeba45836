import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { XenOptions } from '../xen.js';

export interface FakeVbd {
  vdev: number;
  state: number;
  backend: string;
  params: string;
  mode: string;
  /** Goes away once it has been listed. */
  vanishes?: boolean;
}

export interface FakeDomain {
  id: number;
  name: string;
  uuid: string;
  vbds: FakeVbd[];
  /** A guest that does not answer. */
  paused?: boolean;
  /** Has no `vm` in xenstore though it stays in the list. */
  noStore?: boolean;
  vanishes?: 'after list' | 'before store' | 'before order';
}

export interface FakeState {
  domains: FakeDomain[];
  /** What the fake xl was called with, each joined with spaces. */
  commands: string[];
  /** The block script runs into its time limit, at attach and at detach. */
  blockScriptFails?: boolean;
  /** Attach and detach never return. */
  hangs?: boolean;
}

/** A fake Xen host in a directory of its own: two guests without disks, u1 (domain 1) and u2 (domain 2). */
export class FakeXen {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<FakeXen> {
    const fake = new FakeXen(await mkdtemp(join(tmpdir(), 'vbs-fake-xen-')));
    const link = (script: string, name: string) =>
      symlink(fileURLToPath(new URL(script, import.meta.url)), join(fake.directory, name));
    await link('fake-xl.mjs', 'xl');
    await link('fake-xl.mjs', 'xm');
    await link('fake-xenstore-read.mjs', 'xenstore-read');
    await fake.#write({ domains: [guest(1), guest(2)], commands: [] });
    return fake;
  }

  options(syntax: 'xl' | 'xm' = 'xl'): XenOptions {
    const path = (name: string) => join(this.directory, name);
    return { syntax, program: path(syntax), xenstoreRead: path('xenstore-read') };
  }

  /** An empty file beside the state, to attach. */
  async file(name: string): Promise<string> {
    const path = join(this.directory, name);
    await writeFile(path, '');
    return path;
  }

  async state(): Promise<FakeState> {
    return JSON.parse(await readFile(join(this.directory, 'state.json'), 'utf8'));
  }

  async change(edit: (state: FakeState) => void): Promise<void> {
    const state = await this.state();
    edit(state);
    await this.#write(state);
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  async #write(state: FakeState): Promise<void> {
    await writeFile(join(this.directory, 'state.json'), JSON.stringify(state));
  }
}

function guest(id: number): FakeDomain {
  return { id, name: `u${id}`, uuid: `0000000${id}-0000-4000-8000-00000000000a`, vbds: [] };
}
