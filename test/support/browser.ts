import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
} from 'playwright-core';
import { requirePackages } from './programs.js';

/** Starts Debian's Chromium, without a window. */
export async function openBrowser(): Promise<Browser> {
  requirePackages(['chromium']);
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    // For root, as who containers often run as, Chromium has no sandbox.
    chromiumSandbox: process.getuid?.() !== 0,
  });
}

/**
 * A window of somebody who shows his certificate to a site, if he has one.
 * @param name of the files of his certificate and key, without `.crt` and `.key`
 */
export function visitor(
  browser: Browser,
  site: string,
  name: string | undefined,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  return browser.newContext({
    // The authority of the deployment is none of the browser's.
    ignoreHTTPSErrors: true,
    ...(name && {
      clientCertificates: [{ origin: site, certPath: `${name}.crt`, keyPath: `${name}.key` }],
    }),
    ...options,
  });
}
