import { expect, it } from 'vitest';
import { html } from './html.js';

it.each([
  ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['" onload="x', '&quot; onload=&quot;x'],
  ["' onload='x", '&#39; onload=&#39;x'],
  ['&lt;', '&amp;lt;'],
  ['\u0000\u001b', '\ufffd\ufffd'],
  [42, '42'],
  [undefined, ''],
])('%j is text', (part, expected) => {
  expect(html`<p title="${part}">${part}</p>`.text).toBe(`<p title="${expected}">${expected}</p>`);
});

it('takes HTML as such, also in lists of lists', () => {
  const items = ['<a>', 'b'].map((each) => html`<li>${each}</li>`);
  expect(html`<ul>${[items, [html`<li>c</li>`, '<']]}</ul>`.text).toBe(
    '<ul><li>&lt;a&gt;</li><li>b</li><li>c</li>&lt;</ul>',
  );
});
