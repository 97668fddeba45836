export function idsIn(text: string): string[];
export function changedTable(sql: string): string | undefined;
export function programName(program: string, args: readonly string[]): string;
interface Described {
  text: string;
  step?: string;
}
export const DESCRIBE: {
  program(program: string, args: readonly string[]): Described;
  message(message: { action: string; text: string }): Described;
  helper(options: object, work: string, ...given: unknown[]): Described;
};
