/**
 * `npm run screenshot`: the pictures of VictoriaLogs' web interface, taken anew. It runs the function of the demo and opens the
 * interface in a headless Chromium: `docs/images/records.png` has five records below their chart, and `vmui.png` one that is opened.
 */
import { cp, mkdir, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDebianPackages } from '../environment/debian.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { sayOnStderr as say } from '../environment/progress.ts';
import { commandWorks, runCommand } from '../environment/run-command.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import { EXAMPLE, ensureParts, events, queryFor, runFunction } from './function-run.ts';
import { vmuiLink } from './report.ts';

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

interface Page {
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

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const BROWSER = 'chromium-headless-shell';
const PACKAGES = [BROWSER, 'fonts-dejavu-core', 'pngquant'];
const SIZE = { width: 1100, height: 1000 };
/** What has the chart and five records in it. */
const CUT = { x: 0, y: 0, width: 1100, height: 640 };
const NAMES = ['records.png', 'vmui.png'] as const;
const SCALE = 1.5;
const COLOURS = '64';
/** Of the record that is opened. */
const MESSAGE = 'Order accepted';
/** Hides the bar chart: there is more room for records. */
const CHART_SWITCH = 'button[aria-label="settings"]:not(.vm-header-button)';

/** As if somebody had dragged the lower edge of the opened record. */
const WHOLE_RECORD = '.vm-group-logs-row-fields { height: auto }';

const server = await startVictoriaLogs({ say, own: true });
// The first frame of a stack names this folder: one that could be anybody's, and no further frames.
const folder = join(tmpdir(), 'shop');
await mkdir(folder);
try {
  const query = queryFor(new Date());
  await cp(join(EXAMPLE, 'index.js'), join(folder, 'index.js'));
  await cp(join(EXAMPLE, 'package.json'), join(folder, 'package.json'));
  const flags = '--stack-trace-limit=1';
  const { printed } = await runFunction(server.url, await ensureParts(say), await events(), {
    say,
    folder,
    flags,
  });
  await server.queryWhen(query, printed);
  const installed = await Promise.all([BROWSER, 'pngquant'].map(isInstalled));
  if (installed.includes(false)) await installDebianPackages(PACKAGES, say);
  await take(vmuiLink(server.url), folder);
  for (const name of NAMES) {
    const picture = join(IMAGES, name);
    const output = `--output=${picture}`;
    await runCommand('pngquant', ['--force', '--strip', output, COLOURS, join(folder, name)]);
    say(`${picture}: ${Math.round((await stat(picture)).size / 1024)} KiB`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
  await server.stop();
}

async function take(url: string, folder: string): Promise<void> {
  const packages = await pinnedPackages({ name: 'browser', what: 'what drives a browser', say });
  const load = createRequire(join(packages, 'any.js'));
  const { chromium } = load('playwright-core') as Playwright;
  const executablePath = (await runCommand('which', [BROWSER])).trim();
  // The sandbox of the browser does not work as root; only our own server is visited.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: SIZE, deviceScaleFactor: SCALE });
    await page.goto(url.replace('=today', '=last_5_minutes').concat('&limit=5'));
    await page.getByText('Hide filters').click();
    await page.getByText(MESSAGE, { exact: true }).first().waitFor();
    await page.screenshot({ path: join(folder, NAMES[0]), clip: CUT });
    await page.goto('about:blank');
    // It remembers that the filters are hidden.
    await page.goto(url);
    await page.locator(CHART_SWITCH).first().click();
    await page.getByText(MESSAGE, { exact: true }).first().click();
    await page.getByText('shipper.seq', { exact: true }).first().waitFor();
    await page.addStyleTag({ content: WHOLE_RECORD });
    await page.screenshot({ path: join(folder, NAMES[1]) });
  } finally {
    await browser.close();
  }
}

async function isInstalled(program: string): Promise<boolean> {
  return commandWorks('which', [program]);
}
