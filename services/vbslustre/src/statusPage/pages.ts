import { readFile } from 'node:fs/promises';
import { cached } from '@vbs-lustre/shared/monitor/cached';
import { HttpRefusal } from '@vbs-lustre/shared/soap/httpBody';
import type { Page, PageAnswer } from '@vbs-lustre/shared/soap/page';
import { isAdministrator } from '../administrators.js';
import type { FrontEnd } from '../frontEnd.js';
import { DatabaseUnavailable } from '../metadata/unavailable.js';
import { lookAround } from './look.js';
import { statusPage } from './statusPage.js';

/** However many look, and how often. */
const LOOK_AGAIN_MS = 2_000;
/** Owners whose pages are remembered at once. */
const MAX_REMEMBERED = 100;

const ASSETS = {
  'status.css': 'text/css; charset=utf-8',
  'status-picture.css': 'text/css; charset=utf-8',
  'status.js': 'text/javascript; charset=utf-8',
} as const;

/**
 * The status page and what belongs to it, for administrators; nothing if there are none.
 * @param site the address of the front end, as people know it
 */
export async function statusPages(
  frontEnd: FrontEnd,
  site: string,
): Promise<Map<string, Page> | undefined> {
  if (frontEnd.administrators.length === 0) return undefined;
  const admits: Page['admits'] = (subject) => isAdministrator(frontEnd, subject);
  const pages = new Map<string, Page>();
  for (const [name, type] of Object.entries(ASSETS)) {
    const file = new URL(`../../assets/${name}`, import.meta.url);
    const answer = { type, text: await readFile(file, 'utf8') };
    pages.set(`/${name}`, { admits, answer: async () => answer });
  }
  return pages.set('/status', { admits, answer: rememberingAnswer(frontEnd, site) });
}

function rememberingAnswer(frontEnd: FrontEnd, site: string): Page['answer'] {
  const remembered = new Map<string | undefined, () => Promise<PageAnswer>>();
  const look = (owner: string | undefined) => async (): Promise<PageAnswer> => ({
    type: 'text/html; charset=utf-8',
    text: statusPage(await lookAround(frontEnd, owner), site),
  });
  return async (query) => {
    const owner = query.get('owner') || undefined;
    const known = remembered.get(owner) ?? cached(look(owner), LOOK_AGAIN_MS);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(owner, known);
    try {
      return await known();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      throw new HttpRefusal(503, 'The metadata database cannot be used now; try again later.');
    }
  };
}
