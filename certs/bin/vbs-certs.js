#!/usr/bin/env node
import { existsSync } from 'node:fs';

// In a checkout npm links this file before there is anything to run: it can only link what is there.
const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write('vbs-certs: It is not compiled yet: npm run build\n');
  process.exitCode = 1;
}
