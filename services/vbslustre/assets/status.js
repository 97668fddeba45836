// Keeps the page up to date while somebody looks at it. Without this, the browser loads it anew now and then.
const EVERY_MS = 3_000;
/** A front end that hangs must not make this look as if it were new. */
const PATIENCE_MS = 15_000;
const late = document.getElementById('late');
let isRefused = false;

async function refresh() {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(location.href, { cache: 'no-store', signal });
  isRefused = answer.status === 403 || answer.status === 404;
  const text = await answer.text();
  if (!answer.ok) throw new Error(text.trim());
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  follow(document.querySelector('header time'), fresh.querySelector('header time'));
  follow(document.querySelector('main'), fresh.querySelector('main'));
}

/** Makes a part of the page like a new one. Only what differs is touched: who reads, or stands on a link, is left there. */
function follow(old, fresh) {
  if (old.nodeName !== fresh.nodeName || old.id !== fresh.id) return old.replaceWith(fresh);
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    // What somebody has opened is his.
    if (name !== 'open' && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  const [have, want] = [[...old.childNodes], [...fresh.childNodes]];
  for (const [index, next] of want.entries()) {
    if (have[index]) follow(have[index], next);
    else old.append(next);
  }
  for (const extra of have.slice(want.length)) extra.remove();
}

async function keepUpToDate() {
  if (!document.hidden) {
    try {
      await refresh();
      late.textContent = '';
    } catch (error) {
      late.textContent = `This is old: ${error.message}`;
    }
  }
  if (!isRefused) setTimeout(keepUpToDate, EVERY_MS);
}

setTimeout(keepUpToDate, EVERY_MS);
