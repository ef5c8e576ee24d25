/** The parts of a start, and the preload without them. */
import { cpSync } from 'node:fs';
import { bundleChanged } from '../../scripts/bundle.ts';
import { beside } from '../measure/told.ts';

/** What is removed from one source. */
export interface Removal {
  /** What the start then does without. */
  readonly part: string;
  readonly source: string;
  readonly text: string;
  readonly by: string;
}

const AUTO = beside(import.meta, '../../packages/auto');
/** False, but the bundler does not know: it would leave out what is never called. */
export const KEPT = "(process.env.BENCH_KEPT === 'yes')";
/** The last thing that a start does comes first. Each variant is without its own part and those above. */
export const REMOVALS: readonly Removal[] = [
  {
    part: 'the end of the process: waiting for the answer',
    source: 'core/src/transport.ts',
    text: 'if (this.active) this.#flushAtExit();',
    by: `if (${KEPT}) this.#flushAtExit();`,
  },
  {
    part: 'sending the line',
    source: 'core/src/senders/write-through/write-through.ts',
    text: "pump(now: number, flush?: 'flush'): void {",
    by: `pump(now: number, flush?: 'flush'): void { if (!${KEPT}) return;`,
  },
  {
    part: 'encoding the line',
    source: 'core/src/transport.ts',
    text: 'write(input: LogInput): void {',
    by: `write(input: LogInput): void { if (!${KEPT}) return;`,
  },
  {
    part: 'connecting, and waiting for that',
    source: 'core/src/transport.ts',
    text: 'return this.active ? this.#delivery.ready(waitMs) : Promise.resolve();',
    by: `return ${KEPT} ? this.#delivery.ready(waitMs) : Promise.resolve();`,
  },
  {
    part: 'installing the hooks, and capturing the line',
    source: 'register/src/register.ts',
    text: 'install(integrations, {',
    by: `install(${KEPT} ? integrations : [], {`,
  },
  {
    part: 'settings, transport, threads and children',
    source: 'auto/src/compose.ts',
    text: 'export function compose(): Registration | undefined {',
    by: `export function compose(): Registration | undefined { if (!${KEPT}) return undefined;`,
  },
];

/** A copy of the preload without these parts. */
export async function preloadWithout(
  to: string,
  changes: readonly Omit<Removal, 'part'>[],
): Promise<void> {
  cpSync(`${AUTO}/dist`, to, { recursive: true });
  cpSync(`${AUTO}/package.json`, `${to}/package.json`);
  const done = new Set<string>();
  await bundleChanged(to, (code, id) =>
    changes
      .filter(({ source }) => id.endsWith(`/packages/${source}`))
      .reduce((left, { text, by }) => {
        if (left.split(text).length !== 2) throw new Error(`${id} does not have once: ${text}`);
        done.add(text);
        return left.replace(text, () => by);
      }, code),
  );
  const [missing] = changes.filter(({ text }) => !done.has(text));
  if (missing !== undefined) throw new Error(`${missing.source} is not bundled`);
}
