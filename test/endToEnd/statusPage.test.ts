import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AxeResults, source as axe } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openBrowser, visitor } from '../support/browser.js';
import { Testbed, until } from '../support/testbed.js';

const EVIL = `</bdi></script><script>document.title = 'hacked'</script><img src=x onerror="alert(1)">`;
/** However busy the machine is. */
const SOON = { timeout: 180_000 };

let testbed: Testbed;
let browser: Browser;
let site: string;
/** What the browser has complained of, and what a page has tried. */
const complaints: string[] = [];
let database: string;
let shared: string;
let pending: { volumeId: string; pid: number };
let failed: string;

beforeAll(async () => {
  browser = await openBrowser();
  testbed = await Testbed.start({
    volumeDelegates: [{ settings: { blank: 'zero' } }],
    vmmDelegates: [{ name: 'vmm1' }, { name: 'vmm2' }],
  });
  site = new URL(testbed.deployment.url).origin;
  const { alice } = testbed;
  await Promise.all([testbed.boot('vm1', 'vmm1'), testbed.boot('vm2', 'vmm2')]);
  [database, shared] = [await testbed.volume(), await testbed.volume()];
  await name(database, 'database');
  await name(shared, EVIL);
  const xvdb = { device: 'xvdb', instanceId: 'vm1', vmm: 'vmm1' };
  await alice.AttachVolume({ ...xvdb, volumeId: database, attachMode: 'w' });
  await alice.AttachVolume({ ...xvdb, volumeId: shared, attachMode: 'r', device: 'xvdc' });
  const onVm2 = { device: 'xvdb', instanceId: 'vm2', vmm: 'vmm2' };
  await alice.AttachVolume({ ...onVm2, volumeId: shared, attachMode: 'r' });
  const { snapshotId } = await alice.CreateSnapshot({ volumeId: shared, description: EVIL });
  await until('the snapshot is there', async () => {
    const { status } = await alice.DescribeSnapshot({ snapshotId });
    return status === 'available' ? status : undefined;
  });
  const killed = await testbed.volumeWithStoppedDd();
  failed = killed.volumeId;
  process.kill(killed.pid, 'SIGKILL');
  await testbed.settled(failed);
  pending = await testbed.volumeWithStoppedDd();
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

afterAll(async () => {
  await browser?.close();
  await testbed?.stop();
});

async function name(volumeId: string, value: string): Promise<void> {
  await testbed.alice.CreateTags({
    resourcesSet: { item: [{ resourceId: volumeId }] },
    tagSet: { item: [{ key: 'Name', value }] },
  });
}

/** Opens the status page, as a person does. */
async function open(
  user: string | undefined,
  path = '/status',
  options: BrowserContextOptions = {},
): Promise<{ page: Page; status: number | undefined }> {
  const { pki } = testbed.deployment.layout;
  const context = await visitor(browser, site, user && `${pki}/${user}`, options);
  const page = await context.newPage();
  complaints.length = 0;
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${site}/status`)) complaints.push(request.url());
  });
  const answer = await page.goto(`${site}${path}`, SOON);
  return { page, status: answer?.status() };
}

/** What somebody reads there. */
function seen(page: Page, selector: string): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: with the spaces that one sees between cells
  return page.locator(selector).innerText();
}

it('an administrator sees which machine holds which volume, what is under way, and what has failed', async () => {
  const { page, status } = await open('admin');
  expect(status).toBe(200);
  expect(await page.title()).toBe('VBS-Lustre');
  expect(await seen(page, '#summary')).toMatch(
    /Look at this:\s+failed: 1, .*Volumes\s+4.*2 in-use/s,
  );

  const picture = page.locator('svg.picture');
  expect(await picture.isVisible()).toBe(true);
  const lines = await picture.locator('.line > title').allTextContents();
  expect(lines.sort()).toEqual([
    `vm1 reads ${shared} as xvdc: attached`,
    `vm1 writes ${database} as xvdb: attached`,
    `vm2 reads ${shared} as xvdb: attached`,
  ]);
  const styles = await picture.locator('.line').evaluateAll((all) =>
    all.map((line) => {
      const { strokeWidth, stroke } = getComputedStyle(line.querySelector('path') as Element);
      return `${line.classList} ${strokeWidth} ${stroke}`;
    }),
  );
  expect(new Set(styles).size).toBe(2);
  expect(await picture.locator('.host > text.strong').allTextContents()).toEqual(['vmm1', 'vmm2']);
  expect(await picture.locator('.volume > text.strong').allTextContents()).toContain('database');

  expect(await seen(page, '#progress')).toMatch(
    new RegExp(`${pending.volumeId}\\s+pending\\s+(\\d+%, .* of 1 GiB|not begun)`),
  );
  expect(await seen(page, '#failures')).toContain(failed);
  expect(await seen(page, '#delegates')).toMatch(/volume-delegate\s+Volume Delegate\s+alive/);
  expect(await seen(page, '#volumes')).toContain(database);
  await page.getByText('The same as a table').click();
  expect(await seen(page, '#attachments')).toMatch(
    new RegExp(`vm1\\s+vmm1\\s+database\\s*${database}\\s+xvdb\\s+w: writes\\s+attached\\s+alice`),
  );
  expect(complaints).toEqual([]);
});

it('what users have written is text, and the browser would run nothing of it', async () => {
  const { page } = await open('admin', `/status?owner=${encodeURIComponent(EVIL)}`);
  expect(await seen(page, '.filter')).toContain(EVIL);
  await page.getByText('Show everything').click();
  await page.locator('#snapshots bdi.prose', { hasText: EVIL }).waitFor(SOON);
  expect(await page.title()).toBe('VBS-Lustre');
  expect(await page.locator('script').count()).toBe(1);
  expect(await page.locator('img').count()).toBe(0);
  expect(complaints).toEqual([]);
  // Also not if some of it were taken for HTML: the policy keeps it from running.
  await page.evaluate((evil) => {
    document.body.insertAdjacentHTML('beforeend', `<p onclick="document.title = 'hacked'">${evil}`);
    const script = document.createElement('script');
    script.textContent = "document.title = 'hacked'";
    document.body.append(script);
  }, EVIL);
  await page.locator('p[onclick]').click();
  expect(await page.title()).toBe('VBS-Lustre');
  expect(complaints.join('\n')).toMatch(/Content Security Policy/);
});

it('an owner’s alone, by a click', async () => {
  const { page } = await open('admin');
  await page.locator('#volumes').getByRole('link', { name: 'alice' }).first().click();
  await page.getByText('Only what CN=alice,OU=users,O=VBS-Lustre has.').waitFor(SOON);
  expect(await seen(page, '#volumes')).toContain(shared);
  expect(await page.locator('#events').count()).toBe(0);
});

it('is made for narrow windows, for the dark, for eyes and ears, and for browsers without scripts', async () => {
  const phone: BrowserContextOptions = { viewport: { width: 375, height: 700 } };
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await open('admin', '/status', { ...phone, colorScheme, bypassCSP: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(375);
    await page.evaluate(axe);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  }
  const { page } = await open('admin', '/status', { javaScriptEnabled: false });
  expect(await seen(page, '#summary')).toContain('Volumes');
});

it('is given to nobody else', async () => {
  for (const [user, words] of [
    ['alice', 'This page is not for CN=alice,OU=users,O=VBS-Lustre.'],
    ['vmm1', 'This page is not for CN=vmm1,OU=vmm-delegates,O=VBS-Lustre.'],
    [undefined, 'Show a TLS client certificate that is trusted here.'],
  ] as const) {
    for (const path of ['/status', '/status.js']) {
      const { page, status } = await open(user, path);
      expect([status, (await seen(page, 'body')).trim()]).toEqual([403, words]);
    }
  }
});

it('follows what happens, without being loaded anew, until its reader is revoked', async () => {
  const { page } = await open('admin');
  await page.evaluate(() => document.body.setAttribute('data-kept', ''));
  await page.getByText('The same as a table').click();
  await page.locator('#volumes a').first().focus();
  await testbed.alice.DetachVolume({ volumeId: database });
  process.kill(pending.pid, 'SIGCONT');
  await testbed.settled(pending.volumeId);
  await page.locator('.line', { hasText: database }).waitFor({ ...SOON, state: 'detached' });
  await page.locator('#progress', { hasText: 'Nothing is under way.' }).waitFor(SOON);
  expect(await page.locator('body[data-kept] #attachments[open] tbody tr').count()).toBe(2);
  expect(
    await page
      .locator('#volumes a')
      .first()
      .evaluate((link) => link.matches(':focus')),
  ).toBe(true);
  expect(complaints).toEqual([]);

  const { pki, frontEndTrust } = testbed.deployment.layout;
  vbsCerts('revoke', '--folder', pki, 'admin');
  vbsCerts('crl', '--folder', pki, '--out', `${frontEndTrust}/ca.crl`);
  await page.getByText('This is old: Show a TLS client certificate').waitFor(SOON);
  expect((await open('admin')).status).toBe(403);
  const log = readFileSync(testbed.deployment.layout.log('vbslustre'), 'utf8');
  expect(log).toContain('CN=admin,OU=users,O=VBS-Lustre: it is revoked');
});

/** What an operator does with the deployment's own authority. */
function vbsCerts(...args: string[]): void {
  const program = fileURLToPath(new URL('../../certs/bin/vbs-certs.js', import.meta.url));
  execFileSync(process.execPath, [program, ...args], { stdio: 'pipe' });
}
