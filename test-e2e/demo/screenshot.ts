/**
 * `npm run screenshot`: the pictures of VictoriaLogs' web interface, taken anew. It runs the function of the demo and opens the
 * interface in a headless Chromium: `docs/images/records.png` has five records below their chart, and `vmui.png` one that is opened.
 */
import { cp, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inBrowser, type Page, savePicture } from '../environment/browser.ts';
import { sayOnStderr as say } from '../environment/progress.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import { EXAMPLE, ensureParts, events, queryFor, runFunction } from './function-run.ts';
import { vmuiLink } from './report.ts';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const SIZE = { width: 1100, height: 1000 };
/** What has the chart and five records in it. */
const CUT = { x: 0, y: 0, width: 1100, height: 640 };
const NAMES = ['records.png', 'vmui.png'] as const;
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
  await inBrowser(SIZE, (page) => take(page, vmuiLink(server.url)), say);
  for (const name of NAMES) await savePicture(join(folder, name), join(IMAGES, name), say);
} finally {
  await rm(folder, { recursive: true, force: true });
  await server.stop();
}

async function take(page: Page, url: string): Promise<void> {
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
}
