/** A job can't be done, for a reason that is no command's. The message is for the owner of the volume. */
export class JobError extends Error {
  override readonly name = 'JobError';
}

/** What a job has done so far could not be taken back: it has not ended, and is begun again. */
export class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError';
}
