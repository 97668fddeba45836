import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/**
 * Copies modules of an unpacked kernel package, and all that they need, into a folder that it makes. The files'
 * names are numbered in the order in which they are to be loaded.
 *
 * @throws {Error} if the kernel has no such module
 */
export async function copyModules(
  kernelPackage: string,
  names: readonly string[],
  folder: string,
): Promise<void> {
  const files = new Map<string, string>();
  for (const file of await readdir(kernelPackage, { recursive: true })) {
    if (file.endsWith('.ko')) files.set(moduleName(file), join(kernelPackage, file));
  }
  const ordered: string[] = [];
  const visit = async (name: string): Promise<void> => {
    if (ordered.includes(name)) return;
    const file = files.get(name);
    if (!file) throw new Error(`Debian's kernel has no module ${name}`);
    for (const needed of neededBy(await readFile(file))) await visit(needed);
    ordered.push(name);
  };
  for (const name of names) await visit(name);
  await mkdir(folder);
  for (const [index, name] of ordered.entries()) {
    const copy = `${String(index).padStart(2, '0')}-${name}.ko`;
    await copyFile(files.get(name) as string, join(folder, copy));
  }
}

/** The modules that a module says it depends on: a line of its section .modinfo. */
export function neededBy(module: Buffer): string[] {
  const [, names = ''] = /\0depends=([\w,-]*)\0/.exec(module.toString('latin1')) ?? [];
  return names
    .split(',')
    .filter((name) => name !== '')
    .map(moduleName);
}

/** A file's name may have a hyphen where the module's own has an underscore. */
function moduleName(file: string): string {
  return basename(file, '.ko').replaceAll('-', '_');
}
