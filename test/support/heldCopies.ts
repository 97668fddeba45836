/** The processes that copy on a host while a domain is paused. */
export const COPYING = "grep -ls 'reflink=neve[r]' /proc/[0-9]*/cmdline | cut -d / -f 3";

/**
 * A cp before the host's own, for as long as that host runs, which stops itself before it begins to copy, if it is to: a test that
 * looks for the real one may come too late. Bound over it, so that the disk of the host stays as it is.
 */
const INSTALL = `
set -e
if [ ! -e /run/real-cp ]; then
  cp=$(command -v cp)
  cp "$cp" /run/real-cp
  printf '%s\\n' '#!/bin/sh' \\
    'case "$1" in --reflink=never) [ -e /run/hold ] && kill -STOP $$ ;; esac' \\
    'exec /run/real-cp "$@"' >/run/held-cp
  chmod 755 /run/held-cp
  mount --bind /run/held-cp "$cp"
fi
touch /run/hold`;

const STANDS = `
until pid=$(${COPYING}); grep -qs '^State:.T' "/proc/$pid/status"; do sleep 0.1; done
rm /run/hold`;

/**
 * Has the next copy of a host stand still: the domain is paused, and only what a test does goes on.
 * @param must runs a script on the host
 * @param begin begins the copy
 */
export async function standingCopy<T>(
  must: (script: string) => Promise<unknown>,
  begin: () => Promise<T>,
): Promise<T> {
  await must(INSTALL);
  const begun = await begin();
  await must(STANDS);
  return begun;
}
