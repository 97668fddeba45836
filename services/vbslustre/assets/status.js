// Keeps the page up to date while somebody looks at it. Without this, the browser loads it anew now and then.
const EVERY_MS = 3_000;
const late = document.getElementById('late');
let isRefused = false;

async function refresh() {
  const answer = await fetch(location.href, { cache: 'no-store' });
  isRefused = answer.status === 403 || answer.status === 404;
  if (!answer.ok) throw new Error((await answer.text()).trim());
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  replaceClock(fresh);
  replaceSections(fresh);
}

function replaceClock(fresh) {
  document.querySelector('header time').replaceWith(fresh.querySelector('header time'));
}

/** Only what has changed: what somebody reads, or has opened or moved, stays as it is. */
function replaceSections(fresh) {
  const main = document.querySelector('main');
  const ids = [...fresh.querySelectorAll('main > section')].map(({ id }) => id);
  for (const old of [...main.children]) if (!ids.includes(old.id)) old.remove();
  for (const [index, id] of ids.entries()) {
    const [old, next] = [document.getElementById(id), fresh.getElementById(id)];
    for (const { id: opened } of old?.querySelectorAll('details[open]') ?? []) {
      fresh.getElementById(opened)?.setAttribute('open', '');
    }
    if (!old) main.insertBefore(next, main.children[index] ?? null);
    else if (old.outerHTML !== next.outerHTML) old.replaceWith(next);
  }
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
