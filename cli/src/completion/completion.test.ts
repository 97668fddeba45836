import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { captured } from '../testing/io.js';
import { vbs } from '../vbs.js';

const script = async (shell: string): Promise<string> => {
  const io = captured();
  await vbs(io).parseAsync(['completion', shell], { from: 'user' });
  return io.printed.stdout;
};

/** What bash offers for the last of these words; `vbs` itself is replaced by what prints two lines. */
async function offered(...words: string[]): Promise<string[]> {
  const asked = `vbs() { printf '%s\\tx\\n' "$1"-1 "$1"-2; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _vbs; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const lines = execFileSync('bash', ['-c', `${await script('bash')}${asked}`, 'bash', ...words], {
    encoding: 'utf8',
  });
  return lines.split('\n').filter((line) => line !== '');
}

it('completes commands and options in bash', async () => {
  expect(await offered('vbs', 'create-')).toEqual([
    ...['create-volume', 'create-snapshot', 'create-tags'],
  ]);
  expect(await offered('vbs', '--output', 'json', 'who')).toEqual(['whoami']);
  expect(await offered('vbs', 'create-volume', '--si')).toEqual(['--size', '--size-mib']);
  expect(await offered('vbs', 'attach-volume', '--mode', '')).toEqual(['r', 'w']);
  expect(await offered('vbs', 'completion', 'z')).toEqual(['zsh']);
  expect(await offered('vbs', 'create-volume', '--size', '')).toEqual([]);
});

it('completes the commands of a command in bash', async () => {
  expect(await offered('vbs', 'ad')).toEqual(['admin']);
  expect(await offered('vbs', 'admin', 'un')).toEqual(['undrain']);
  expect(await offered('vbs', 'admin', '--output', 'json', 'set')).toEqual(['set-quotas']);
  expect(await offered('vbs', 'admin', 'set-quotas', '--vol')).toEqual(['--volumes']);
  expect(await offered('vbs', 'admin', 'drain', '')).toEqual(['admin-1', 'admin-2']);
});

it('completes ids in bash', async () => {
  const [volumes, snapshots] = ['volumes', 'snapshots'].map((kind) =>
    [1, 2].map((number) => `describe-${kind}-${number}`),
  );
  expect(await offered('vbs', 'delete-volume', '')).toEqual(volumes);
  expect(await offered('vbs', 'create-volume', '--snapshot', '')).toEqual(snapshots);
});

it('has the same for zsh', async () => {
  const text = await script('zsh');
  expect(text).toMatch(/^#compdef vbs\n/);
  expect(text).toContain("'create-volume:make a volume, empty or from a snapshot'");
  expect(text).toContain('(create-volume:-*) compadd -- --size --size-mib --snapshot');
  expect(text).toContain('(--output) compadd -- table json tsv; return;;');
});
