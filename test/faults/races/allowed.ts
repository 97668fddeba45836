/**
 * Where a race begins: a volume that nobody has, that `vm1` has for reading or writing, that has a snapshot, or one that is
 * shared with somebody else.
 */
export type Start = 'free' | 'read' | 'written' | 'copied' | 'shared';

export type Act =
  | 'attach r'
  | 'attach w'
  | 'detach'
  | 'delete'
  | 'snapshot'
  | 'force snapshot'
  | 'copy snapshot'
  | 'delete snapshot'
  | 'verify'
  | 'export'
  | 'export snapshot'
  | 'tag'
  | 'untag'
  | 'extend'
  | 'share'
  | 'unshare'
  /** Whom it may be shared with makes a volume from the snapshot. */
  | 'borrow';

/** What the first and the second are told; either may be one of several codes, `a/b`. */
type Outcomes = readonly [first: string, second: string];

/**
 * Every pair of operations that are sent at once, and all that they may be told. Nothing here is a matter of taste: an
 * outcome is allowed if one of the two, done after the other or while it was under way, must be answered so.
 */
export const ALLOWED: readonly (readonly [Start, Act, Act, ...Outcomes[]])[] = [
  ['free', 'attach r', 'attach r', ['ok', 'ok']],
  ['free', 'attach r', 'attach w', ['ok', 'VolumeInUse'], ['VolumeInUse', 'ok']],
  ['free', 'attach w', 'attach w', ['ok', 'VolumeInUse'], ['VolumeInUse', 'ok']],
  [
    'free',
    'attach r',
    'delete',
    ['ok', 'VolumeInUse'],
    ['IncorrectState/InvalidVolume.NotFound', 'ok'],
  ],
  [
    'free',
    'attach w',
    'delete',
    ['ok', 'VolumeInUse'],
    ['IncorrectState/InvalidVolume.NotFound', 'ok'],
  ],
  ['free', 'attach r', 'snapshot', ['ok', 'ok']],
  ['free', 'attach w', 'snapshot', ['ok', 'ok/IncorrectState'], ['IncorrectState', 'ok']],
  [
    'free',
    'delete',
    'delete',
    ['ok', 'ok/InvalidVolume.NotFound'],
    ['InvalidVolume.NotFound', 'ok'],
  ],
  [
    'free',
    'delete',
    'snapshot',
    ['ok', 'IncorrectState/InvalidVolume.NotFound'],
    ['VolumeInUse', 'ok'],
    ['ok', 'ok'],
  ],
  ['free', 'snapshot', 'snapshot', ['ok', 'ok']],
  ['free', 'force snapshot', 'attach w', ['ok', 'ok/IncorrectState']],
  [
    'free',
    'force snapshot',
    'delete',
    ['IncorrectState/InvalidVolume.NotFound', 'ok'],
    ['ok', 'VolumeInUse'],
    ['ok', 'ok'],
  ],
  ['free', 'attach r', 'export', ['ok', 'ok']],
  ['free', 'attach w', 'export', ['ok', 'ok/IncorrectState'], ['IncorrectState', 'ok']],
  [
    'free',
    'delete',
    'export',
    ['ok', 'IncorrectState/InvalidVolume.NotFound'],
    ['VolumeInUse', 'ok'],
    ['ok', 'ok'],
  ],
  ['free', 'snapshot', 'export', ['ok', 'ok']],
  ['free', 'export', 'export', ['ok', 'ok/InvalidParameterValue'], ['InvalidParameterValue', 'ok']],
  ['free', 'tag', 'tag', ['ok', 'ok']],
  ['free', 'tag', 'untag', ['ok', 'ok']],
  ['free', 'untag', 'untag', ['ok', 'ok']],
  ['free', 'tag', 'attach w', ['ok', 'ok']],
  ['free', 'untag', 'attach r', ['ok', 'ok']],
  ['free', 'tag', 'snapshot', ['ok', 'ok']],
  ['free', 'untag', 'snapshot', ['ok', 'ok']],
  ['free', 'tag', 'delete', ['ok/InvalidVolume.NotFound', 'ok']],
  ['free', 'untag', 'delete', ['ok/InvalidVolume.NotFound', 'ok']],

  [
    'free',
    'extend',
    'extend',
    ['ok', 'IncorrectState/InvalidParameterValue'],
    ['IncorrectState/InvalidParameterValue', 'ok'],
  ],
  ['free', 'extend', 'attach r', ['ok', 'ok/IncorrectState'], ['IncorrectState', 'ok']],
  ['free', 'extend', 'attach w', ['ok', 'ok/IncorrectState'], ['IncorrectState', 'ok']],
  ['free', 'extend', 'snapshot', ['ok', 'ok/IncorrectState'], ['IncorrectState', 'ok']],
  [
    'free',
    'extend',
    'delete',
    ['ok', 'ok/IncorrectState'],
    ['IncorrectState/InvalidVolume.NotFound', 'ok'],
  ],
  ['free', 'extend', 'tag', ['ok', 'ok']],

  [
    'read',
    'detach',
    'detach',
    ['ok', 'ok/InvalidAttachment.NotFound'],
    ['InvalidAttachment.NotFound', 'ok'],
  ],
  ['read', 'extend', 'detach', ['IncorrectState', 'ok'], ['ok', 'ok']],
  ['read', 'extend', 'delete', ['IncorrectState', 'VolumeInUse']],
  ['read', 'detach', 'attach r', ['ok', 'ok']],
  ['read', 'detach', 'attach w', ['ok', 'ok/VolumeInUse']],
  ['read', 'detach', 'delete', ['ok', 'ok/VolumeInUse']],
  ['read', 'detach', 'snapshot', ['ok', 'ok']],
  ['read', 'tag', 'detach', ['ok', 'ok']],
  ['read', 'untag', 'detach', ['ok', 'ok']],
  ['read', 'attach r', 'attach r', ['ok', 'ok']],
  ['read', 'attach r', 'attach w', ['ok', 'VolumeInUse']],
  ['read', 'attach w', 'attach w', ['VolumeInUse', 'VolumeInUse']],
  ['read', 'attach r', 'delete', ['ok', 'VolumeInUse']],
  ['read', 'attach w', 'delete', ['VolumeInUse', 'VolumeInUse']],
  ['read', 'attach r', 'snapshot', ['ok', 'ok']],
  ['read', 'attach w', 'snapshot', ['VolumeInUse', 'ok']],
  ['read', 'delete', 'delete', ['VolumeInUse', 'VolumeInUse']],
  ['read', 'delete', 'snapshot', ['VolumeInUse', 'ok']],
  ['read', 'snapshot', 'snapshot', ['ok', 'ok']],

  [
    'written',
    'detach',
    'detach',
    ['ok', 'ok/InvalidAttachment.NotFound'],
    ['InvalidAttachment.NotFound', 'ok'],
  ],
  [
    'written',
    'extend',
    'extend',
    ['ok', 'IncorrectState/InvalidParameterValue'],
    ['IncorrectState/InvalidParameterValue', 'ok'],
  ],
  ['written', 'extend', 'detach', ['ok', 'ok'], ['IncorrectState', 'ok']],
  ['written', 'extend', 'attach r', ['ok', 'VolumeInUse/IncorrectState']],
  ['written', 'extend', 'delete', ['ok', 'VolumeInUse/IncorrectState']],
  ['written', 'extend', 'snapshot', ['ok', 'ok/IncorrectState'], ['IncorrectState', 'ok']],
  ['written', 'detach', 'attach r', ['ok', 'ok/VolumeInUse']],
  ['written', 'detach', 'attach w', ['ok', 'ok/VolumeInUse']],
  ['written', 'detach', 'delete', ['ok', 'ok/VolumeInUse']],
  ['written', 'detach', 'snapshot', ['ok', 'ok/IncorrectState']],
  ['written', 'detach', 'export', ['ok', 'ok/IncorrectState']],
  ['written', 'snapshot', 'export', ['ok', 'IncorrectState']],
  ['written', 'attach r', 'attach r', ['VolumeInUse', 'VolumeInUse']],
  ['written', 'attach r', 'attach w', ['VolumeInUse', 'VolumeInUse']],
  ['written', 'attach w', 'attach w', ['VolumeInUse', 'VolumeInUse']],
  ['written', 'attach r', 'delete', ['VolumeInUse', 'VolumeInUse']],
  ['written', 'attach w', 'delete', ['VolumeInUse', 'VolumeInUse']],
  ['written', 'attach r', 'snapshot', ['VolumeInUse', 'ok']],
  ['written', 'attach w', 'snapshot', ['VolumeInUse', 'ok']],
  ['written', 'delete', 'delete', ['VolumeInUse', 'VolumeInUse']],
  ['written', 'delete', 'snapshot', ['VolumeInUse', 'ok']],
  ['written', 'snapshot', 'snapshot', ['ok', 'ok']],
  ['written', 'force snapshot', 'snapshot', ['ok', 'ok']],
  ['written', 'force snapshot', 'force snapshot', ['ok', 'ok']],
  ['written', 'force snapshot', 'attach r', ['ok', 'VolumeInUse']],
  ['written', 'force snapshot', 'attach w', ['ok', 'VolumeInUse']],
  ['written', 'force snapshot', 'detach', ['ok', 'ok']],
  ['written', 'force snapshot', 'delete', ['ok', 'VolumeInUse']],

  ['copied', 'copy snapshot', 'copy snapshot', ['ok', 'ok']],
  [
    'copied',
    'copy snapshot',
    'delete snapshot',
    ['ok', 'ok/InvalidSnapshot.InUse'],
    ['IncorrectState/InvalidSnapshot.NotFound', 'ok'],
  ],
  [
    'copied',
    'export snapshot',
    'delete snapshot',
    ['ok', 'ok/InvalidSnapshot.InUse'],
    ['IncorrectState/InvalidSnapshot.NotFound', 'ok'],
  ],
  ['copied', 'copy snapshot', 'export snapshot', ['ok', 'ok']],
  ['copied', 'copy snapshot', 'delete', ['ok', 'ok']],
  ['copied', 'verify', 'verify', ['ok', 'ok']],
  ['copied', 'verify', 'copy snapshot', ['ok', 'ok']],
  [
    'copied',
    'verify',
    'delete snapshot',
    ['ok/InvalidSnapshot.NotFound', 'ok'],
    ['IncorrectState', 'ok'],
  ],
  ['copied', 'tag', 'copy snapshot', ['ok', 'ok']],
  ['copied', 'tag', 'delete snapshot', ['ok/InvalidSnapshot.NotFound', 'ok']],
  [
    'copied',
    'delete snapshot',
    'delete snapshot',
    ['ok', 'ok/InvalidSnapshot.NotFound'],
    ['InvalidSnapshot.NotFound', 'ok'],
  ],
  ['copied', 'delete snapshot', 'snapshot', ['ok', 'ok']],
  ['copied', 'delete snapshot', 'delete', ['ok', 'ok']],
  ['copied', 'share', 'share', ['ok', 'ok']],
  ['copied', 'share', 'unshare', ['ok', 'ok']],
  ['copied', 'share', 'tag', ['ok', 'ok']],
  ['copied', 'share', 'copy snapshot', ['ok', 'ok']],
  ['copied', 'share', 'delete snapshot', ['ok/InvalidSnapshot.NotFound', 'ok']],
  ['copied', 'share', 'borrow', ['ok', 'ok/InvalidSnapshot.NotFound']],

  ['shared', 'unshare', 'unshare', ['ok', 'ok']],
  ['shared', 'unshare', 'delete snapshot', ['ok/InvalidSnapshot.NotFound', 'ok']],
  ['shared', 'unshare', 'borrow', ['ok', 'ok/InvalidSnapshot.NotFound']],
  ['shared', 'borrow', 'borrow', ['ok', 'ok']],
  ['shared', 'borrow', 'copy snapshot', ['ok', 'ok']],
  [
    'shared',
    'borrow',
    'delete snapshot',
    ['ok', 'ok/InvalidSnapshot.InUse'],
    ['IncorrectState/InvalidSnapshot.NotFound', 'ok'],
  ],
];

export function isAllowed(allowed: readonly Outcomes[], told: readonly string[]): boolean {
  return allowed.some((pair) =>
    pair.every((codes, index) => codes.split('/').includes(told[index] ?? '')),
  );
}
