import { wantsColour } from './output/colour.js';

type Output = NodeJS.WritableStream & {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
};

/** The terminal, or whatever is there in its place. */
export interface Io {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean | undefined };
  stdout: Output;
  stderr: Output;
  env: Readonly<Record<string, string | undefined>>;
}

export function isColoured({ stdout, env }: Io): boolean {
  return wantsColour(stdout, env);
}
