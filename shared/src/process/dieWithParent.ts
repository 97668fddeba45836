/** A command that the kernel kills if the process that has started it dies. */
export function dyingWithParent(program: string, args: readonly string[]): [string, string[]] {
  return ['setpriv', ['--pdeathsig', 'KILL', '--', program, ...args]];
}
