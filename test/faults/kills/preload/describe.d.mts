export function idsIn(text: string): string[];
export function changedTable(sql: string): string | undefined;
export function programName(program: string, args: readonly string[]): string;
export const DESCRIBE: Record<string, (...args: never[]) => { text: string; step?: string }>;
