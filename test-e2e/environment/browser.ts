/** A headless Chromium for pictures of what people see: Debian's, driven by playwright-core. */
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installDebianPackages } from './debian.ts';
import { pinnedPackages } from './pinned-packages.ts';
import type { Say } from './progress.ts';
import { commandWorks, runCommand } from './run-command.ts';

/** What is used of playwright-core. */
interface Playwright {
  readonly chromium: {
    launch(options: { executablePath: string; args: readonly string[] }): Promise<Browser>;
  };
}

interface Browser {
  newPage(options: object): Promise<Page>;
  close(): Promise<void>;
}

/** A page of the browser. */
export interface Page {
  goto(url: string): Promise<unknown>;
  getByText(text: string, options?: { exact: boolean }): Locator;
  locator(selector: string): Locator;
  addStyleTag(options: { content: string }): Promise<unknown>;
  screenshot(options: { path: string; clip?: object }): Promise<unknown>;
}

interface Locator {
  first(): Locator;
  click(): Promise<void>;
  waitFor(): Promise<void>;
}

const BROWSER = 'chromium-headless-shell';
const PACKAGES = [BROWSER, 'fonts-dejavu-core', 'fonts-inter', 'pngquant'];
const SCALE = 1.5;
const COLORS = '64';

/** Hands a page of this size to `look`. */
export async function inBrowser(
  size: { readonly width: number; readonly height: number },
  look: (page: Page) => Promise<void>,
  say: Say,
): Promise<void> {
  const installed = await Promise.all(
    [BROWSER, 'pngquant'].map((program) => commandWorks('which', [program])),
  );
  if (installed.includes(false)) await installDebianPackages(PACKAGES, say);
  const packages = await pinnedPackages({ name: 'browser', what: 'what drives a browser', say });
  const { chromium } = createRequire(join(packages, 'any.js'))('playwright-core') as Playwright;
  const executablePath = (await runCommand('which', [BROWSER])).trim();
  // The sandbox of the browser does not work as root; only our own pages are visited.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    await look(await browser.newPage({ viewport: size, deviceScaleFactor: SCALE }));
  } finally {
    await browser.close();
  }
}

/** Saves a picture with few colors: a fifth of the bytes. */
export async function savePicture(taken: string, picture: string, say: Say): Promise<void> {
  await runCommand('pngquant', ['--force', '--strip', `--output=${picture}`, COLORS, taken]);
  say(`${picture}: ${Math.round((await stat(picture)).size / 1024)} KiB`);
}
