/** What must not be, found during a run: each with its time, so that it can be looked up in the services' logs. */
export class Findings {
  readonly all: { rule: string; what: string }[] = [];

  add(rule: Rule, what: string): void {
    this.all.push({ rule, what: `${new Date().toISOString()} ${what}` });
    console.log(`FOUND ${rule}: ${what}`);
  }

  addAll(rule: Rule, whats: readonly string[]): void {
    for (const what of whats) this.add(rule, what);
  }

  of(rule: Rule): string[] {
    return this.all.filter((each) => each.rule === rule).map(({ what }) => what);
  }
}

/** What a run holds against the services. */
export const RULES = [
  'never two holders of which one writes',
  'QEMU’s lock never had to save a file from a second writer',
  'every byte of every volume and snapshot is as it was written',
  'an acknowledged attachment is a disk in the guest',
  'nothing acknowledged is lost',
  'what was deleted stays deleted',
  'the same client token made one thing',
  'nobody sees what is not his',
  'no file operation failed',
  'nothing is in a passing state a minute after the faults',
  'files, records, attachments and devices agree',
  'everything could be removed, and nothing is left',
] as const;
export type Rule = (typeof RULES)[number];
