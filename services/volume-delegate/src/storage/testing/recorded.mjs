// What a real Lustre (client 2.17.57, four OSTs of 640 MB, two mounts) answered, word for word, with the names
// and numbers that differ from call to call as parameters. The mount was /mnt/lustre.

export const MAGIC = 'bd00bd0';

/** `lfs df`: the MDT and the OSTs as they were just after the file system was made, in KiB. */
export const FRESH = {
  mdt: { blocks: 585656, used: 1716, available: 516736 },
  osts: [
    { blocks: 653376, used: 1392, available: 601808 },
    { blocks: 653376, used: 1392, available: 601808 },
    { blocks: 653376, used: 1396, available: 601804 },
    { blocks: 653376, used: 1392, available: 601808 },
  ],
};

/** OST 0 after `dd` had filled it: what `lfs df` still calls available was granted to another client. */
export const FULL_OST = { blocks: 653376, used: 594352, available: 8848 };

export const DF_HEADER =
  'UUID                   1K-blocks        Used   Available Use%  Mounted on';

/** Rows of targets end with a blank. */
export function dfRow(uuid, { blocks, used, available }, where) {
  const percent = `${Math.ceil((100 * used) / Math.max(1, used + available))}%`;
  return `${uuid.padEnd(20)} ${[blocks, used, available].map((n) => String(n).padStart(11)).join(' ')} ${percent.padStart(4)}  ${where} `;
}

/** Not recorded: what the Lustre manual shows of mirrors that differ; with which exit code, it does not say. */
export const verifyDifferent = `lfs mirror verify: chunk [0x400000, 0x600000) has different
checksum value on mirror 1 and mirror 4.`;

/** Not recorded: what the source of `lfs` prints for a target that answers with an error (exit code 107). */
export const dfRowNotConnected = (uuid) =>
  `${uuid.padEnd(20)}: Transport endpoint is not connected`;

export const dfNotLustre = (path) => `df:${path} Not a Lustre filesystem`;
export const dfNoSuchPath = (path) => `error: invalid path '${path}': No such file or directory`;

export const setstripeExists = (name) =>
  `lfs setstripe: setstripe error for '${name}': stripe already set`;
export const setstripeNotLustre = (name) =>
  `lfs setstripe: setstripe error for '${name}': Inappropriate ioctl for device`;
export const setstripeNoFolder = (name) =>
  `lfs setstripe: unable to open '${name}': No such file or directory (2)`;
export const setstripeNoPool = (pool) =>
  `lfs setstripe: pool '${pool} fsname lfs1' does not exist: No such file or directory (2)`;
export const setstripePoolNotLustre = (
  name,
) => `lfs setstripe: '254/0' dev not on a mounted Lustre filesystem
lfs setstripe: '${name}' is not on a Lustre filesystem: No such device (19)`;
export const setstripeBadSize = (size) => `lfs setstripe setstripe: invalid stripe size '${size}'
Create a file with specified striping/composite layout, or
set the default layout on an existing directory.
Usage: setstripe   [--component-add|--component-del|--delete|-d]
		[--comp-set --comp-id|-I COMP_ID|--comp-flags=COMP_FLAGS]
		[--component-end|-E END_OFFSET]
		[--copy=SOURCE_LAYOUT_FILE]|--yaml|-y YAML_TEMPLATE_FILE]
		[--ec|--ec-stripe-count DATA+PARITY]
		[--ec-expert DATA+PARITY]
		[--extension-size|--ext-size|-z EXT_SIZE]
		[--help|-h]
		[--foreign=FOREIGN_TYPE --xattr|-x LAYOUT]
		[--layout|-L PATTERN] [--mode FILE_MODE]
		[--mirror-count|-N[MIRROR_COUNT]]
		[--ost|-o OST_INDEX[,OST_INDEX,...]]
		[--overstripe-count|-C STRIPE_COUNT]
		[--pool|-p POOL_NAME]
		[--stripe-count|-c STRIPE_COUNT]
		[--stripe-index|-i START_OST_IDX]
		[--stripe-size|-S STRIPE_SIZE]
		FILENAME|DIRECTORY
`;

export const getstripeNoFile = (name) =>
  `lfs: getstripe for '${name}' failed: No such file or directory`;
export const getstripeNotLustre = (
  name,
) => `lfs getstripe: cb_getstripe: '${name}' not on a Lustre fs?: Inappropriate ioctl for device (25)
lfs: getstripe for '${name}' failed: Inappropriate ioctl for device`;

/** `lfs getstripe -y` of a plain file. */
export const plainLayout = (stripeSize, osts) =>
  `lmm_stripe_count:  ${osts.length}
lmm_stripe_size:   ${stripeSize}
lmm_pattern:       raid0
lmm_layout_gen:    0
lmm_stripe_offset: ${osts[0]}
lmm_objects:
${osts.map((ost) => `      - l_ost_idx: ${ost}\n        l_fid:     0x${(0x240000400 + ost * 0x40000000).toString(16)}:0x22:0x0`).join('\n')}`;

/** `lfs getstripe -y` after `lfs setstripe -E 64M -c 1 -E eof -c -1`: the second component has no OSTs yet. */
export const PFL_LAYOUT = `lcm_layout_gen:    2
lcm_mirror_count:  1
lcm_entry_count:   2
components:
  - lcme_id:             1
    lcme_mirror_id:      0
    lcme_flags:          init
    lcme_extent.e_start: 0
    lcme_extent.e_end:   67108864
    sub_layout:
      lmm_stripe_count:  1
      lmm_stripe_size:   4194304
      lmm_pattern:       raid0
      lmm_layout_gen:    0
      lmm_stripe_offset: 2
      lmm_objects:
      - l_ost_idx: 2
        l_fid:     0x2c0000400:0x24:0x0
  - lcme_id:             2
    lcme_mirror_id:      0
    lcme_flags:          0
    lcme_extent.e_start: 67108864
    lcme_extent.e_end:   EOF
    sub_layout:
      lmm_stripe_count:  -1
      lmm_stripe_size:   4194304
      lmm_pattern:       raid0
      lmm_layout_gen:    0
      lmm_stripe_offset: -1`;

/** `lfs getstripe -y` of a mirrored file. Recorded with one stripe each; `stale` as `lfs getstripe` without -y wrote it. */
export const mirroredLayout = (stripeSize, mirrors, isStale) => `lcm_layout_gen:    2
lcm_mirror_count:  ${mirrors.length}
lcm_entry_count:   ${mirrors.length}
components:
${mirrors.map((osts, index) => mirrorComponent(stripeSize, osts, index, isStale)).join('\n')}`;

function mirrorComponent(stripeSize, osts, index, isStale) {
  const id = index + 1;
  const plain = plainLayout(stripeSize, osts).replaceAll(/^lmm_/gm, '      lmm_');
  return `  - lcme_id:             ${id * 65536 + id}
    lcme_mirror_id:      ${id}
    lcme_flags:          init${isStale && index > 0 ? ',stale' : ''}
    lcme_extent.e_start: 0
    lcme_extent.e_end:   EOF
    sub_layout:
${plain}`;
}

export const mirrorTooMany = (name) =>
  `lfs mirror mirror: lfs create: cannot create composite file '${name}': Invalid argument (22)`;
export const mirrorCreateNotLustre = (
  name,
) => `lfs mirror mirror: '0/23' dev not on a mounted Lustre filesystem
error: lfs create: file '${name}' has no fsname`;
export const verifyNotMirrored = (name) => `lfs verify: '${name}' file state error: 0.`;
export const verifyNoFile = (name) =>
  `lfs verify: cannot stat file '${name}': No such file or directory.`;
export const verifyStale = (size) => `CRC-32 checksum value for chunk [0, 0x${size.toString(16)}):
Mirror 2:\t0x1147406a (stale)
`;

/** Not recorded: what the source of `lfs` prints for a file that is not mirrored, or that another one writes. */
export const resyncNotMirrored = (name) => `lfs: '${name}' is not a FLR file.`;
export const resyncBusy = (name) =>
  `lfs: '${name}' llapi_lease_get_ext resync failed: Device or resource busy.`;
