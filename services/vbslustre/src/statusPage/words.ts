import { type Html, html } from '@vbs-lustre/shared/html';
import type { Tag } from '../metadata/tags.js';

const STEPS = [
  { seconds: 86_400, one: 'day', many: 'days' },
  { seconds: 3_600, one: 'h', many: 'h' },
  { seconds: 60, one: 'min', many: 'min' },
] as const;

/** `3 min ago`; the very time when one points at it. */
export function ago(time: Date, now: Date): Html {
  const exact = time.toISOString();
  const text = `${duration(now.getTime() - time.getTime())} ago`;
  return html`<time datetime="${exact}" title="${exact.replace('T', ' ').replace(/\..*/, ' UTC')}">${text}</time>`;
}

/** `12 s`, `3 min`, `5 days`: roughly. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const step = STEPS.find((each) => seconds >= each.seconds);
  if (!step) return `${seconds} s`;
  const amount = Math.floor(seconds / step.seconds);
  return `${amount} ${amount === 1 ? step.one : step.many}`;
}

/** `12,345` */
export function grouped(amount: number): string {
  return amount.toLocaleString('en');
}

/** What people call it. */
export function nameOf(tags: readonly Tag[]): string | undefined {
  return tags.find(({ key }) => key === 'Name')?.value || undefined;
}

/** No more of a text than a page has room for. */
export function shortened(text: string, length: number): string {
  const characters = [...text];
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}

/** The person's or thing's own name in a subject name: `alice` of `CN=alice,OU=users,O=Lab`. */
export function commonName(subject: string): string {
  return /^CN=([^,+=\\]+)(?=,|$)/.exec(subject)?.[1] ?? subject;
}
