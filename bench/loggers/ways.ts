/** The ways to ship that are compared: with our packages, with other packages, and the loggers alone. */

/** One way to ship. */
export interface Way {
  readonly title: string;
  /** Its name in `make-logger.mjs`. */
  readonly maker: string;
  /** What it is compared with: the logger alone, with its lines going to /dev/null. */
  readonly plain: 'console' | 'pino' | 'winston';
  /** Where its lines go. The counting server takes those for which VictoriaLogs has no endpoint. */
  readonly to: 'nowhere' | 'VictoriaLogs' | 'counting server';
  /** Starts with our preload. */
  readonly preloaded?: true;
  /** A process that uses it ends only, or sends what is left only, when it is closed in code. */
  readonly mustBeClosed?: true;
}

const OURS = '**ours**: ';

/** In the order of the tables. */
export const WAYS: readonly Way[] = [
  { title: 'the console alone, to /dev/null', maker: 'console', plain: 'console', to: 'nowhere' },
  { ...ours('console', 'console', '`auto`, and to /dev/null'), preloaded: true },
  {
    title: "OpenTelemetry's console instrumentation",
    maker: 'OpenTelemetry console',
    plain: 'console',
    to: 'VictoriaLogs',
    mustBeClosed: true,
  },
  { title: 'pino alone, to /dev/null', maker: 'pino', plain: 'pino', to: 'nowhere' },
  ours('pino', 'pino destination', '`pinoDestination`'),
  ours('pino', 'pino target', '`pino.transport` with our target'),
  { ...ours('pino', 'pino', '`auto`, and to /dev/null'), preloaded: true },
  { title: 'pino-loki', maker: 'pino-loki', plain: 'pino', to: 'VictoriaLogs' },
  {
    title: 'pino-opentelemetry-transport',
    maker: 'pino-opentelemetry-transport',
    plain: 'pino',
    to: 'VictoriaLogs',
  },
  { title: '@axiomhq/pino', maker: '@axiomhq/pino', plain: 'pino', to: 'counting server' },
  { title: '@logtail/pino', maker: '@logtail/pino', plain: 'pino', to: 'counting server' },
  { title: 'winston alone, to /dev/null', maker: 'winston', plain: 'winston', to: 'nowhere' },
  ours('winston', 'winston transport', '`VictoriaLogsTransport`'),
  { ...ours('winston', 'winston', '`auto`, and to /dev/null'), preloaded: true },
  {
    title: 'winston-loki',
    maker: 'winston-loki',
    plain: 'winston',
    to: 'VictoriaLogs',
    mustBeClosed: true,
  },
  { title: "winston's Http", maker: 'winston Http', plain: 'winston', to: 'VictoriaLogs' },
  { title: '@axiomhq/winston', maker: '@axiomhq/winston', plain: 'winston', to: 'counting server' },
  { title: '@logtail/winston', maker: '@logtail/winston', plain: 'winston', to: 'counting server' },
];

/** Whether it is one of our packages. */
export function isOurs({ title }: Way): boolean {
  return title.startsWith(OURS);
}

function ours(plain: Way['plain'], maker: string, title: string): Way {
  return { title: `${OURS}${title}`, maker, plain, to: 'VictoriaLogs' };
}
