import { type Findings, RULES } from '../support/findings.js';
import type { History, OperationName } from '../support/history.js';

/** The table that a run ends with. */
export function tableOf(
  history: History,
  injected: readonly ReadonlyMap<string, number>[],
  looks: string,
  findings: Findings,
): string {
  return [
    ...columns([
      ['operation', 'tried', 'acknowledged', 'no answer', 'not sent', 'refused'],
      ...operations(history),
    ]),
    '',
    ...columns([['fault', 'times'], ...injected.flatMap((counts) => rows(counts))]),
    '',
    looks,
    '',
    ...columns([['rule', 'verdict'], ...verdicts(findings)]),
  ].join('\n');
}

function operations(history: History): string[][] {
  const names = [...new Set(history.deeds.map(({ operation }) => operation))].sort();
  return names.map((name: OperationName) => {
    const counts = new Map<string, number>();
    for (const { outcome } of history.of(name)) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    const told = ['acknowledged', 'unknown', 'not sent'].map((each) =>
      String(counts.get(each) ?? 0),
    );
    const refused = rows(counts).filter(([code]) => code && /^[A-Z]/.test(code));
    const codes = refused.map(([code, count]) => `${code} ${count}`).join(', ');
    return [name, String(history.of(name).length), ...told, codes];
  });
}

function verdicts(findings: Findings): string[][] {
  return RULES.map((rule) => {
    const found = findings.of(rule).length;
    return [rule, found === 0 ? 'held' : `BROKEN ${found} times`];
  });
}

function rows(counts: ReadonlyMap<string, number>): string[][] {
  return [...counts].sort().map(([what, count]) => [what, String(count)]);
}

/** Lines of cells, the cells below each other. */
export function columns(lines: readonly string[][]): string[] {
  const widths = (lines[0] as string[]).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd(),
  );
}
