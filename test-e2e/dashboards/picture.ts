/**
 * `npm run dashboard`: `docs/images/dashboard.png`, the upper part of the dashboard of the docs. Its queries are answered by a real
 * VictoriaLogs with the records of an hour, and Grafana's own components draw the answers. Grafana itself is not needed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTransport } from '@direct-logging/core';
import dashboard from '../../docs/dashboards/grafana.json' with { type: 'json' };
import { inBrowser, savePicture } from '../environment/browser.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { sayOnStderr as say } from '../environment/progress.ts';
import { runCommand } from '../environment/run-command.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import { ask } from './ask.ts';

const PICTURE = fileURLToPath(new URL('../../docs/images/dashboard.png', import.meta.url));
const PAGE = fileURLToPath(new URL('fixtures/panels.cjs', import.meta.url));
const WIDTH = 1200;
const MARGIN = 8;
/** From here on stand panels whose components are in none of Grafana's packages. */
const ROWS = 21;
const HEIGHT = ROWS * 38 + MARGIN;
const MINUTE_MS = 60_000;

const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
const server = await startVictoriaLogs({ own: true, say });
const folder = await mkdtemp(join(tmpdir(), 'direct-logging-picture-'));
try {
  await logAnHour();
  await server.forceFlush();
  const fromMs = nowMs - 60 * MINUTE_MS;
  const range = { startS: fromMs / 1000, endS: nowMs / 1000, step: '1m' };
  const panels = dashboard.panels.filter(({ gridPos }) => gridPos.y < ROWS);
  const answers = await Promise.all(
    panels.map(async (panel) => [panel.title, await ask(server.url, panel, range)]),
  );
  const given = { panels, answers: Object.fromEntries(answers), fromMs, toMs: nowMs, width: WIDTH };
  await bundle(`globalThis.given = ${JSON.stringify(given)};`);
  const taken = join(folder, 'dashboard.png');
  await inBrowser(
    { width: WIDTH + 2 * MARGIN, height: HEIGHT },
    async (page) => {
      await page.goto(`file://${join(folder, 'page.html')}`);
      await page.getByText('last_seen').first().waitFor();
      await page.screenshot({ path: taken });
    },
    say,
  );
  await savePicture(taken, PICTURE, say);
} finally {
  await rm(folder, { recursive: true });
  await server.stop();
}

/** Of two replicas of a shop, of a service whose database goes away for a while, and of a Lambda function. */
async function logAnHour(): Promise<void> {
  await logAs('shop-1', 'shop', (at) => (at % 29 === 0 ? 'no such article' : undefined));
  await logAs('shop-2', 'shop', (at) => (at % 47 === 0 ? 'no such article' : undefined));
  await logAs('billing-1', 'billing', (at) => {
    if (at > 380 && at < 460 && at % 2 === 0) return 'connect ECONNREFUSED 10.0.3.7:5432';
    return at % 31 === 0 ? 'card declined' : undefined;
  });
  for (let at = 0; at < 14; at++) {
    await logAs('resize-images', 'lambda', () => undefined, { start: at, count: 1 });
  }
}

async function logAs(
  containerName: string,
  job: string,
  errorAt: (at: number) => string | undefined,
  lambda?: { readonly start: number; readonly count: number },
): Promise<void> {
  const transport = createTransport({ url: server.url, containerName, job });
  if (lambda !== undefined) transport.setContextProvider(() => ({ cold_start: true }));
  const { start, count } = lambda ?? { start: 0, count: 600 };
  for (let at = 0; at < count; at++) {
    const message = errorAt(at);
    const agoMs = lambda === undefined ? (600 - at) * 6_000 : (58 - start ** 2 * 0.28) * MINUTE_MS;
    const timeMs = nowMs - agoMs;
    if (message !== undefined) {
      transport.write({ level: 'ERROR', text: message, error: new Error(message), timeMs });
    } else if (at % 10 === 7) transport.write({ level: 'WARN', text: 'stock is low', timeMs });
    else transport.write({ level: 'INFO', text: 'order placed', timeMs });
  }
  await transport.close({ timeoutMs: 10_000 });
}

async function bundle(given: string): Promise<void> {
  const packages = await pinnedPackages({
    name: 'grafana-panels',
    what: "Grafana's components, 400 MB,",
    say,
  });
  await runCommand(
    process.execPath,
    [
      ...[join(packages, 'esbuild/bin/esbuild'), PAGE, '--bundle', '--outfile=panels.js'],
      ...['--define:process.env.NODE_ENV="production"', '--loader:.ttf=empty'],
    ],
    { cwd: folder, env: { NODE_PATH: packages } },
  );
  const style = `margin: ${MARGIN}px; background: #f4f5f5`;
  const scripts = '<script src="given.js"></script><script src="panels.js"></script>';
  await writeFile(join(folder, 'given.js'), given);
  await writeFile(
    join(folder, 'page.html'),
    `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="panels.css">
    <body style="${style}"><div id="panels" style="position: relative"></div>${scripts}`,
  );
}
