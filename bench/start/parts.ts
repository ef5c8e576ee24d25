/** The parts of a start: what is removed to see what each costs. */
import type { Change } from '../removal/parts.ts';

/** Its last part in time is removed, and with it all that comes after it. */
export interface Removal extends Change {
  /** What the start then does without. */
  readonly part: string;
}

/** False, but the bundler does not know: it would leave out what is never called. */
const KEPT = "(process.env.BENCH_KEPT === 'yes')";
const BUILTINS = ['net', 'worker_threads', 'diagnostics_channel', 'os', 'tty'];
const COMPOSE = 'const composition = compose();';
const RUN = 'script.runInThisContext()(loaded.exports, require, loaded, filename, folder);';
const COMPILE = `if (!${KEPT}) {
  if (existsSync(\`\${folder}/first.cache\`)) return undefined;
  const { wrap } = process.getBuiltinModule('node:module');
  const text = process.getBuiltinModule('node:fs').readFileSync(\`\${folder}/first.cjs\`, 'utf8');
  new (process.getBuiltinModule('node:vm').Script)(wrap(text));
  return undefined;
}`;

/** The last thing that a start does comes first. Each variant is without its own part and those above. */
export const REMOVALS: readonly Removal[] = [
  {
    part: 'the end of the process: waiting for the answer',
    file: 'core/src/transport.ts',
    from: 'if (this.active) this.#flushAtExit();',
    to: `if (${KEPT}) this.#flushAtExit();`,
  },
  {
    part: 'sending the line',
    file: 'core/src/senders/write-through/write-through.ts',
    from: "pump(now: number, flush?: 'flush'): void {",
    to: `pump(now: number, flush?: 'flush'): void { if (!${KEPT}) return;`,
  },
  {
    part: 'encoding the line',
    file: 'core/src/transport.ts',
    from: 'write(input: LogInput): void {',
    to: `write(input: LogInput): void { if (!${KEPT}) return;`,
  },
  {
    part: 'connecting, and waiting for that',
    file: 'core/src/transport.ts',
    from: 'if (!this.active) return;',
    to: `if (!${KEPT}) return;`,
  },
  {
    part: 'installing the hooks, and capturing the line',
    file: 'register/src/register.ts',
    from: 'install(integrations, {',
    to: `install(${KEPT} ? integrations : [], {`,
  },
  {
    part: 'settings, transport, threads and children',
    file: 'auto/src/compose.ts',
    from: 'export function compose(): Registration | undefined {',
    to: `export function compose(): Registration | undefined { if (!${KEPT}) return undefined;`,
  },
];

/** What compiles the first file, but does not run it: with all modules of Node that it needs, and without them. */
export const [WITH_BUILTINS, WITHOUT_BUILTINS]: readonly [readonly Change[], readonly Change[]] = [
  compileOnly(BUILTINS.map((id) => `process.getBuiltinModule('node:${id}');`).join('')),
  compileOnly(''),
];

function compileOnly(before: string): Change[] {
  return [
    { file: 'auto/src/index.ts', from: COMPOSE, to: `${before}${COMPILE}\n${COMPOSE}` },
    { file: 'auto/src/first-file.ts', from: RUN, to: `if (${KEPT}) ${RUN}` },
  ];
}
