import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AttachOrder, HypervisorError } from './driver.js';
import { type FakeDomain, FakeXen } from './testing/fakeXen.js';
import { openXen } from './xen.js';

const u1 = { name: 'u1', uuid: '00000001-0000-4000-8000-00000000000a' };
const u2 = { name: 'u2', uuid: '00000002-0000-4000-8000-00000000000a' };

// Each command is a process of its own, which a busy machine starts slowly.
vi.setConfig({ testTimeout: 60_000 });

let fake: FakeXen;
beforeEach(async () => {
  fake = await FakeXen.create();
});
afterEach(() => fake.remove());

function xen(syntax: 'xl' | 'xm' = 'xl') {
  return openXen(fake.options(syntax));
}

async function order(changes: Partial<AttachOrder> = {}): Promise<AttachOrder> {
  const file = await fake.file('vol.img');
  return { vm: u1, device: 'xvdb', file, mode: 'w', serial: 'vol', ...changes };
}

async function lastCommand() {
  return (await fake.state()).commands.at(-1);
}

function changeU1(change: Partial<FakeDomain>) {
  return fake.change(({ domains }) => Object.assign(domains[0] as FakeDomain, change));
}

describe.each(['xl', 'xm'] as const)('with the syntax of %s', (syntax) => {
  test('lists the guests, without the control domain', async () => {
    expect(await xen(syntax).listVms()).toEqual([u1, u2]);
  });

  test('attaches, lists and detaches', async () => {
    const { file } = await order();
    await xen(syntax).attach(await order({ mode: 'r', vm: u2 }));
    expect(await xen(syntax).listAttachments()).toEqual([
      { vm: u2, device: 'xvdb', file, mode: 'r', state: 'attached' },
    ]);
    expect(await xen(syntax).listAttachments(u1)).toEqual([]);
    await xen(syntax).detach(u2, 'xvdb');
    expect(await xen(syntax).listAttachments()).toEqual([]);
  });
});

describe('attach', () => {
  test('gives xl one specification that ends with the file, xm three words', async () => {
    const file = await fake.file('a,b c.img');
    await xen('xl').attach(await order({ file }));
    expect(await lastCommand()).toBe(`block-attach 1 format=raw,vdev=xvdb,access=w,target=${file}`);
    await xen('xm').attach(await order({ file, device: 'xvdc', mode: 'r' }));
    expect(await lastCommand()).toBe(`block-attach 1 file:${file} xvdc r`);
  });

  test('never asks Xen to skip its own look for writers', async () => {
    await xen().attach(await order({ mode: 'w!' as 'w' }));
    expect(await lastCommand()).toContain('access=r,');
  });

  test('does not stand in the way of a second writer, as Xen does not', async () => {
    await xen().attach(await order());
    await xen().attach(await order({ vm: u2 }));
    expect((await xen().listAttachments()).map(({ mode }) => mode)).toEqual(['w', 'w']);
  });

  test.each([
    ['a device in use', {}, 'device already exists in xenstore'],
    ['no such file', { device: 'xvdc', file: '/nowhere/vol.img' }, 'No such file or directory'],
    ['no such domain', { vm: { name: 'u9', uuid: u1.uuid } }, 'u9: no such domain'],
    ['the name of another VM', { vm: { name: 'u2', uuid: u1.uuid } }, 'u2: no such domain'],
    ['a device name with a comma', { device: 'xvdb,w' }, 'not the name of a device'],
  ])('fails for %s', async (_case, changes, words) => {
    await xen().attach(await order());
    const failed = xen().attach(await order(changes));
    await expect(failed).rejects.toThrow(HypervisorError);
    await expect(failed).rejects.toThrow(words);
  });

  test('whose block script fails leaves a device that the list shows and a detach removes', async () => {
    await fake.change((state) => {
      state.blockScriptFails = true;
    });
    await expect(xen().attach(await order())).rejects.toThrow('because of timeout');
    expect(await xen().listAttachments()).toMatchObject([{ device: 'xvdb', state: 'incomplete' }]);
    await xen().detach(u1, 'xvdb');
    expect(await xen().listAttachments()).toEqual([]);
  });

  test('of a guest that does not answer, or of a directory, is not taken for attached', async () => {
    const file = join(fake.directory, 'folder');
    await mkdir(file);
    await xen().attach(await order({ file }));
    await changeU1({ paused: true });
    await xen().attach(await order({ device: 'xvdc' }));
    expect(await xen().listAttachments()).toMatchObject([
      { device: 'xvdb', file, state: 'incomplete' },
      { device: 'xvdc', state: 'incomplete' },
    ]);
  });

  test('that hangs is given up', async () => {
    await fake.change((state) => {
      state.hangs = true;
    });
    const hasty = openXen({ ...fake.options(), timeoutMs: 1_000 });
    await expect(hasty.attach(await order())).rejects.toThrow('took too long');
  });
});

describe('detach', () => {
  test.each([
    ['a device that is not there', u1, 'xvdb'],
    ['a VM that is not there', { name: 'u9', uuid: u1.uuid }, 'xvdb'],
  ])('returns for %s', async (_case, vm, device) => {
    await expect(xen().detach(vm, device)).resolves.toBeUndefined();
  });

  test('returns if the VM ends meanwhile', async () => {
    await changeU1({ vanishes: 'before order' });
    await expect(xen().detach(u1, 'xvdb')).resolves.toBeUndefined();
  });

  test('fails if the guest does not answer, and the device stays in the list', async () => {
    await xen().attach(await order());
    await changeU1({ paused: true });
    await expect(xen().detach(u1, 'xvdb')).rejects.toThrow('safe_remove failed');
    expect(await xen().listAttachments(u1)).toHaveLength(1);
  });
});

describe('a list', () => {
  test.each(['after list', 'before store'] as const)(
    'leaves out a VM that ends %s',
    async (when) => {
      await changeU1({ vanishes: when });
      expect(await xen().listVms()).toEqual([u2]);
    },
  );

  test('of a VM that does not run is empty, also if another one has its name', async () => {
    await xen().attach(await order());
    expect(await xen().listAttachments({ name: 'u9', uuid: u1.uuid })).toEqual([]);
    expect(await xen().listAttachments({ name: 'u1', uuid: u2.uuid })).toEqual([]);
  });

  test('leaves out a device that is detached meanwhile', async () => {
    await xen().attach(await order());
    await xen().attach(await order({ device: 'xvdc' }));
    await fake.change(({ domains }) => {
      Object.assign(domains[0]?.vbds[0] ?? {}, { vanishes: true });
    });
    expect(await xen().listAttachments()).toMatchObject([{ device: 'xvdc' }]);
  });

  test('fails rather than leave out a VM or a device that is there', async () => {
    await xen().attach(await order());
    await fake.change(({ domains }) => {
      Object.assign(domains[0]?.vbds[0] ?? {}, { params: undefined });
    });
    await expect(xen().listAttachments()).rejects.toThrow("couldn't read path");
    await changeU1({ noStore: true });
    await expect(xen().listVms()).rejects.toThrow("couldn't read path");
  });

  test('fails if there is no such program', async () => {
    const missing = openXen({ ...fake.options(), program: '/nowhere/xl' });
    await expect(missing.listVms()).rejects.toThrow('no such program');
  });
});
