/** Large samples of real logs of many systems. They are others' and no part of this repository: fetched when first needed. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { goModuleFiles } from '../environment/go-module.ts';
import { sayOnStderr } from '../environment/progress.ts';

/** The lines of one system. */
export interface LogSample {
  /** `nginx` */
  readonly system: string;
  readonly lines: readonly string[];
}

/** Those that can be had; says why for the others. */
export async function logSamples(): Promise<LogSample[]> {
  const found = [];
  for (const source of [ofBeats, ofLoki]) {
    try {
      found.push(...(await source()));
    } catch (error) {
      sayOnStderr(`Some samples of real logs are not tried: ${(error as Error).message}`);
    }
  }
  return found;
}

/** What Beats' tests read: a folder for each system, files in the folders below it. */
async function ofBeats(): Promise<LogSample[]> {
  const folder = await goModuleFiles({
    name: 'log-samples-of-beats/v6.8.23',
    module: 'github.com/elastic/beats@v6.8.23+incompatible',
    folder: 'filebeat/module',
    what: 'log samples of Beats, 32 MB,',
    keeps: (path) => ['', '.log'].includes(extname(path)),
  });
  const systems = (await readdir(folder)).sort();
  return Promise.all(
    systems.map(async (system) => {
      const paths = (await readdir(join(folder, system), { recursive: true })).sort();
      const logs = paths.filter((path) => path.endsWith('.log'));
      const lines = await Promise.all(logs.map((path) => linesOf(join(folder, system, path))));
      return { system, lines: lines.flat() };
    }),
  );
}

/** What Loki's detection of patterns is tested with: a file for each system. */
async function ofLoki(): Promise<LogSample[]> {
  const folder = await goModuleFiles({
    name: 'log-samples-of-loki/v3.5.3',
    module: 'github.com/grafana/loki/v3@v3.5.3',
    folder: 'pkg/pattern/drain/testdata',
    what: 'log samples of Loki, 30 MB,',
    // Has lines that are too long for one record.
    keeps: (path) => !path.endsWith('grafana-ruler.txt'),
  });
  const names = (await readdir(folder)).sort();
  return Promise.all(
    names.map(async (name) => ({
      system: name.replace('.txt', ' of Loki'),
      lines: await linesOf(join(folder, name)),
    })),
  );
}

async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).replace(/\n$/, '').split('\n');
}
