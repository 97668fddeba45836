import { escapeText } from './soap/encode.js';

/** HTML (or SVG) that is meant as it stands. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What stands in HTML; what is undefined is nothing. */
export type Part = Html | string | number | undefined | readonly Part[];

/**
 * HTML in which everything between its own words is text, whatever characters it has, be it between tags or in an
 * attribute with quotation marks. Only what is HTML already is taken as such.
 */
export function html(words: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(
    words.map((word, index) => (index === 0 ? word : render(parts[index - 1]) + word)).join(''),
  );
}

function render(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(render).join('');
  return escapeText(String(part)).replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
