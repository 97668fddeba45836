import { expect, test } from 'vitest';
import { parseFreeSpace, parseMirrors } from './lfsOutput.js';

const twoMounts = `UUID                   1K-blocks        Used   Available Use%  Mounted on
lfs1-MDT0000_UUID         585656        1716      516736   1%  /mnt/lustre[MDT:0] 
lfs1-OST0000_UUID         653376      594352        8848  99%  /mnt/lustre[OST:0] 
lfs1-OST0001_UUID         653376        1392      601808   1%  /mnt/lustre[OST:1] 

filesystem_summary:      2613504      598532     1814268  25%  /mnt/lustre 

UUID                   1K-blocks        Used   Available Use%  Mounted on
lfs1-MDT0000_UUID         585656        1716      516736   1%  /mnt/lustre2[MDT:0] 
lfs1-OST0000_UUID         653376      594352           5  99%  /mnt/lustre2[OST:0] 

filesystem_summary:      2613504      598532     1814268  25%  /mnt/lustre2 

`;

test('only the OSTs of our mount count', () => {
  expect(parseFreeSpace(twoMounts, '/mnt/lustre')).toEqual([
    { id: '0', availableBytes: 8848 * 1024 },
    { id: '1', availableBytes: 601808 * 1024 },
  ]);
  expect(parseFreeSpace(twoMounts, '/mnt/lustre2')).toEqual([
    { id: '0', availableBytes: 5 * 1024 },
  ]);
  expect(parseFreeSpace(twoMounts, '/mnt')).toEqual([]);
});

test('one mount alone is ours, whatever it is called', () => {
  const bound = twoMounts.slice(0, twoMounts.indexOf('\n\nUUID'));
  expect(parseFreeSpace(bound, '/srv/volumes')).toHaveLength(2);
});

test('an OST that does not answer is left out, one that is read-only has no room', () => {
  const table = `lfs1-OST0000_UUID   : inactive device
lfs1-OST0001_UUID   : Transport endpoint is not connected
lfs1-OST000a_UUID         653376        1392      601808   1%  /mnt/my lustre[OST:10] D
lfs1-OST000b_UUID         653376        1392      601808   1%  /mnt/my lustre[OST:11] DR

filesystem_summary:      1306752        2784     1203616   1%  /mnt/my lustre
`;
  expect(parseFreeSpace(table, '/mnt/my lustre')).toEqual([
    { id: '10', availableBytes: 601808 * 1024 },
    { id: '11', availableBytes: 0 },
  ]);
});

test('a table that was cut off says nothing', () => {
  const cutOff = twoMounts.slice(0, twoMounts.indexOf('filesystem_summary'));
  expect(parseFreeSpace(cutOff, '/mnt/lustre')).toBeUndefined();
});

test('the stripes of the other form of a component are read as well', () => {
  const text = '      -   0: { l_ost_idx:   2, l_fid: [0x2c0000400:0x24:0x0] }';
  expect(parseMirrors(text)).toEqual([{ targets: ['2'], isStale: false }]);
  const none = 'lmm_stripe_count:  1\nlmm_stripe_offset: -1';
  expect(parseMirrors(none)).toEqual([{ targets: [], isStale: false }]);
});

// `lfs getstripe -y` after `lfs mirror create -N2`, as it was recorded.
const mirrored = `lcm_layout_gen:    2
lcm_mirror_count:  2
lcm_entry_count:   2
components:
  - lcme_id:             65537
    lcme_mirror_id:      1
    lcme_flags:          init
    lcme_extent.e_start: 0
    lcme_extent.e_end:   EOF
    sub_layout:
      lmm_stripe_count:  1
      lmm_stripe_size:   4194304
      lmm_pattern:       raid0
      lmm_layout_gen:    0
      lmm_stripe_offset: 2
      lmm_objects:
      - l_ost_idx: 2
        l_fid:     0x2c0000400:0x22:0x0
  - lcme_id:             131074
    lcme_mirror_id:      2
    lcme_flags:          init
    lcme_extent.e_start: 0
    lcme_extent.e_end:   EOF
    sub_layout:
      lmm_stripe_count:  1
      lmm_stripe_size:   4194304
      lmm_pattern:       raid0
      lmm_layout_gen:    0
      lmm_stripe_offset: 3
      lmm_objects:
      - l_ost_idx: 3
        l_fid:     0x300000400:0x22:0x0`;

test('each mirror has OSTs, and is stale when its component is', async () => {
  expect(parseMirrors(mirrored)).toEqual([
    { targets: ['2'], isStale: false },
    { targets: ['3'], isStale: false },
  ]);
  const at = mirrored.lastIndexOf('init');
  const written = `${mirrored.slice(0, at)}init,stale${mirrored.slice(at + 4)}`;
  expect(parseMirrors(written).map(({ isStale }) => isStale)).toEqual([false, true]);
  const standIn = new URL('testing/recorded.mjs', import.meta.url);
  const { mirroredLayout } = await import(standIn.href);
  expect(mirroredLayout(4194304, [[2], [3]], false)).toBe(mirrored);
});
