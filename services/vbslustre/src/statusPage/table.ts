import { type Html, html, type Part } from '@vbs-lustre/shared/html';

export interface Column<T> {
  heading: string;
  cell(item: T): Part;
}

/** A table whose first column names its rows; one that is too wide for the window can be moved in it. */
export function table<T>(
  caption: string,
  columns: readonly Column<NoInfer<T>>[],
  items: readonly T[],
): Html {
  const row = (item: T) =>
    columns.map(({ cell }, index) =>
      index === 0 ? html`<th scope="row">${cell(item)}</th>` : html`<td>${cell(item)}</td>`,
    );
  return html`<div class="wide" role="group" aria-label="${caption}" tabindex="0"><table>
<thead><tr>${columns.map(({ heading }) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${items.map((item) => html`<tr>${row(item)}</tr>\n`)}</tbody>
</table></div>`;
}
