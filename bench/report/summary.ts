/** What direct-logging costs a user, in five lines. The numbers are those that the benchmarks have measured last. */
import { readFile, writeFile } from 'node:fs/promises';

/** What the lines need beside the goals. */
type Fact =
  | `added:${'text' | 'json' | 'pinoAuto' | 'pinoDestination' | 'winstonAuto' | 'winston'}`
  | 'memory'
  | 'start:import'
  | 'start:cached'
  | 'start:off'
  | 'outage:line'
  | 'outage:memory'
  | 'server:bursts'
  | 'server:lone';

/** Measured values: µs, ms or MB. */
export type Facts = Partial<Record<Fact, number>>;

/** The lines, in Markdown. */
export function summary(facts: Facts): string {
  const rounded = (fact: Fact) => Math.round(facts[fact] ?? Number.NaN);
  const exact = (fact: Fact) => `${(facts[fact] ?? Number.NaN).toFixed(1)} µs`;
  return [
    `- **A logging call** takes longer on the thread that logs, by ${exact('added:text')} for \`console.log\` of text, ${exact('added:pinoAuto')} for pino and ${exact('added:winstonAuto')} for winston under the preload, ${exact('added:winston')} with the winston transport and ${exact('added:pinoDestination')} with \`pinoDestination\`, which saves what pino's own write costs.`,
    `- **A start** takes ${rounded('start:import')} ms of processor time more, ${rounded('start:cached')} ms with [a code cache](recipes/containers.md), and ${rounded('start:off')} ms without \`VICTORIALOGS_URL\`.`,
    `- **Memory**: about ${rounded('memory')} MB. While the server is down, about ${rounded('outage:memory')} MB, 32 MiB of them for the lines that wait.`,
    `- **While the server is down**, a call of \`console.log\` takes ${exact('outage:line')} longer.`,
    `- **The server** needs ${rounded('server:bursts')} µs of its processor time for a line of eight processes that log bursts of ten, and ${rounded('server:lone')} µs for a lone line.`,
  ].join('\n');
}

const README = [
  ['README.md', /\d+ to \d+ µs/],
  ['README.ja.md', /\d+ から \d+ µs/],
] as const;

/** Writes what is added to a call into the README, in both languages. */
export async function writeIntoReadme(facts: Facts): Promise<void> {
  const added = Object.entries(facts).flatMap(([fact, value]) =>
    fact.startsWith('added:') ? [Math.round(value)] : [],
  );
  const [least, most] = [Math.max(0, Math.min(...added)), Math.max(...added)];
  for (const [name, range] of README) {
    const path = new URL(`../../${name}`, import.meta.url);
    const page = await readFile(path, 'utf8');
    const text = page.replace(range, (found) => found.replace(/\d+(\D+)\d+/, `${least}$1${most}`));
    await writeFile(path, text);
  }
}
