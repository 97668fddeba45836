/** What a range begins at: the stripes that Lustre files have if nothing else is said, and more than any sector. */
const ALIGNED = 4 * 1024 * 1024;

/** A piece of a file: from its byte `from` to before its byte `to`. */
export interface Range {
  from: number;
  to: number;
}

/**
 * The pieces in which a file is copied, in order.
 * @param most bytes of a piece; rounded up to whole stripes
 */
export function rangesOf(sizeBytes: number, most: number): Range[] {
  const step = Math.max(1, Math.ceil(most / ALIGNED)) * ALIGNED;
  const ranges: Range[] = [];
  for (let from = 0; from < sizeBytes; from += step) {
    ranges.push({ from, to: Math.min(sizeBytes, from + step) });
  }
  return ranges;
}
