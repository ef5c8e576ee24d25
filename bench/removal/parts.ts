/** What can be removed from the product, to see what it costs. `removal.test.ts` holds that each change still fits the sources. */

/** One text of a source in place of another. */
export interface Change {
  /** Below `packages/`. */
  readonly file: string;
  /** Stands there once. */
  readonly from: string;
  readonly to: string;
}

const TRANSPORT = 'core/src/transport.ts';
const DELIVERY = 'core/src/delivery/delivery.ts';
const REQUESTS = 'core/src/senders/request-rule.ts';
const COMPOSE = 'auto/src/compose.ts';

/** Nothing is done from there on. */
const ends = (file: string, before: string): Change => ({
  file,
  from: before,
  to: `    return;\n${before}`,
});

/** Each part with what is changed where it is left out. */
export const PARTS = {
  /** Encoded lines are dropped: nothing is kept, sent or acknowledged. */
  delivery: [ends(DELIVERY, "    if (this.#isClosed) {\n      this.drop('closed');")],
  /** What is handed over is dropped. */
  transport: [ends(TRANSPORT, '    if (this.#filter?.(input) === false) return;')],
  /** A line is not compared with those that other destinations have shipped. */
  duplicates: [
    {
      file: 'core/src/integrations/logger-line.ts',
      from: 'printing.claim(stream, this.facts.text) ? undefined : this.toBePrinted(stream)',
      to: 'printing && this.facts.toInput(withoutEnd(this.facts.text), stream)',
    },
    {
      file: 'winston-transport/src/interceptor.ts',
      from: 'shipDue(order.printed(transport, key, toInput(stream)), ship)',
      to: 'shipDue(toInput(stream), ship)',
    },
  ],
  /** Nothing is asked of loggers: their lines are captured like any other. */
  loggers: [{ file: COMPOSE, from: ', pinoIntegration(), winstonIntegration()', to: '' }],
  /** What code hands over is not looked at. */
  'pino destination': [
    ends('pino-transport/src/destination.ts', '    const { lastLogger, lastLevel } = this;'),
  ],
  'winston transport': [
    {
      file: 'winston-transport/src/transport.ts',
      from: '    const input = inputFrom(info, this.levels);',
      to: '',
    },
    {
      file: 'winston-transport/src/transport.ts',
      from: '    contexts.within(this.#given ?? info, () => transport.write(input));',
      to: '',
    },
  ],
  /** What was handed to the kernel is forgotten, as a baseline does. */
  acknowledgement: [
    {
      file: 'core/src/delivery/queue.ts',
      from: '    return range;\n',
      to: '    this.settle(range);\n    return range;\n',
    },
    { file: DELIVERY, from: '    this.#queue.settle(range);\n  }', to: '  }' },
    {
      file: 'core/src/senders/write-through/descriptor.ts',
      from: 'this.waiting.push({ buffer, start: written, end, plain });',
      to: 'this.waiting.push({ buffer: Buffer.from(buffer.subarray(written, end)), start: 0, end: end - written, plain });',
    },
  ],
  /** Lines that wait in pino's buffer are shipped, but not remembered. */
  'remembered lines': [
    {
      file: 'core/src/integrations/print-tracker.ts',
      from: '    const expected = this.#expected.get(destination);\n    if (expected !== undefined) expected.lines.push(line);',
      to: '    if (line !== undefined) return true;\n    const expected = this.#expected.get(destination);\n    if (expected !== undefined) expected.lines.push(line);',
    },
  ],
  /** A request ends after a second, or 100 ms after the last line. */
  'early ends': [
    { file: REQUESTS, from: 'const SHORT_PAUSE_MS = 5;', to: 'const SHORT_PAUSE_MS = 1e9;' },
    { file: REQUESTS, from: 'const ENOUGH_LINES = 64;', to: 'const ENOUGH_LINES = 1e9;' },
    { file: REQUESTS, from: 'FEW_BYTES = 16 * 1024;', to: 'FEW_BYTES = 1e9;' },
  ],
} as const satisfies Readonly<Record<string, readonly Change[]>>;

export type Part = keyof typeof PARTS;

/** The source after the change. @throws Error if the text does not stand there once. */
export function changed(source: string, { file, from, to }: Change): string {
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}
