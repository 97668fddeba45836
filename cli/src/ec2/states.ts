/** EC2's words for the states of a volume; those that are not here are the same. */
export function volumeState(status: string): string {
  if (status === 'pending') return 'creating';
  return isFailure(status) ? 'error' : status;
}

/** EC2's words for the states of a snapshot; it has none for one that is being deleted. */
export function snapshotState(status: string): string {
  if (status === 'available') return 'completed';
  return isFailure(status) ? 'error' : status;
}

function isFailure(status: string): boolean {
  return status.startsWith('failure');
}
