/**
 * Opens one address after the other in one Chromium, by Lighthouse: `node bench/loads.mjs CHROMIUM AUDIT,…`.
 *
 * Reads an address a line and answers with a report a line. One process for all takes half the time of a command for each.
 * Each load is a first visit: what a page has stored is forgotten before. What Chromium failed to record is recorded again.
 */

import { createInterface } from 'node:readline';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';

const TRIES = 3;
// With one renderer, the end of a recording is not waited for by others that have nothing to say.
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--renderer-process-limit=1'];
const STORES = ['file_systems', 'shader_cache', 'service_workers', 'cache_storage', 'local_storage', 'cookies'];

const [chromePath, audits = ''] = process.argv.slice(2);
const browser = await launch({ chromePath, chromeFlags: FLAGS, ignoreDefaultFlags: true });
const settings = { port: browser.port, onlyAudits: audits.split(','), clearStorageTypes: STORES, disableFullPageScreenshot: true, logLevel: 'error' };
try {
  for await (const url of createInterface({ input: process.stdin })) console.log(JSON.stringify(await report(url)));
} finally {
  browser.kill();
}
// Connections that are kept alive would hold the process for some seconds.
process.exit();

/** @param {string} url */
async function report(url) {
  let trouble = '';
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { lhr } = await lighthouse(url, settings);
    if (!lhr.runtimeError) return lhr;
    trouble = lhr.runtimeError.message;
  }
  throw new Error(`Lighthouse could not measure ${url}: ${trouble}`);
}
