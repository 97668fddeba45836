import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One OST of the stand-in, in KiB, as `lfs df` shows it before any file was written. */
export interface FakeOst {
  blocks: number;
  used: number;
  available: number;
  /** It does not answer; `told` makes `lfs df -l` print a row that says so and exit with 107. */
  down?: true | 'told';
  /** Letters behind its row, such as `R` (read-only). */
  flags?: string;
}

/** What README.md describes; what is left out is as it was on the recorded file system. */
export interface FakeLustreState {
  osts?: FakeOst[];
  pools?: Record<string, number[]>;
  placements?: number[][];
  hang?: ('df' | 'setstripe' | 'getstripe' | 'mirror resync' | 'mirror verify')[];
  busy?: string[];
  different?: string[];
  lies?: boolean;
  mounted?: boolean;
  alsoMounted?: string[];
  composite?: boolean;
}

export interface FakeLustre {
  /** The volume directory, inside the stand-in file system. */
  directory: string;
  programs: { lfs: string; stat: string };
  /** For the environment of the process that starts the programs, this one or a delegate. */
  environment: { FAKE_LUSTRE_STATE: string };
  /** From now on the file system is like this (what is left out goes back to the recorded state). */
  become(state: FakeLustreState): Promise<void>;
  remove(): Promise<void>;
}

/** Makes a stand-in Lustre in a temporary folder: four OSTs of 640 MB, empty. */
export async function createFakeLustre(): Promise<FakeLustre> {
  const root = await mkdtemp(join(tmpdir(), 'fake-lustre-'));
  const mount = join(root, 'mount');
  const directory = join(mount, 'volumes');
  const stateFile = join(root, 'state.json');
  await mkdir(directory, { recursive: true });
  const become = async (state: FakeLustreState) => {
    // Renamed, so that no program reads half of it.
    await writeFile(`${stateFile}.new`, JSON.stringify({ ...state, mount }));
    await rename(`${stateFile}.new`, stateFile);
  };
  await become({});
  return {
    directory,
    programs: { lfs: beside('fake-lfs.mjs'), stat: beside('fake-stat.mjs') },
    environment: { FAKE_LUSTRE_STATE: stateFile },
    become,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
