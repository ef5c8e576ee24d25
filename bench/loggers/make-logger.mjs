/** Makes the logger of each way to ship, with the defaults of its packages. Only what they require is given. */
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const { BENCH_PEERS, BENCH_SERVER, BENCH_COUNTING_SERVER, BENCH_PRODUCT } = process.env;
const peer = createRequire(`${BENCH_PEERS}/`);
/** One of our packages: this one, or as it was built somewhere else. */
const ours = (name) =>
  import(
    BENCH_PRODUCT ? `${BENCH_PRODUCT}/packages/${name}/dist/index.js` : `@direct-logging/${name}`
  );

/** Each one loads only what it needs, since loading is part of what is measured. */
const MAKERS = {
  console: () => console,
  'OpenTelemetry console': () => {
    const { BatchLogRecordProcessor, LoggerProvider } = peer('@opentelemetry/sdk-logs');
    const { OTLPLogExporter } = peer('@opentelemetry/exporter-logs-otlp-proto');
    const instrumentation = '@opentelemetry/instrumentation-console';
    const { ConsoleInstrumentation } = peer(instrumentation);
    // It takes its logger from its own copy of the API.
    const { logs } = createRequire(peer.resolve(instrumentation))('@opentelemetry/api-logs');
    const exporter = new OTLPLogExporter({ url: `${BENCH_SERVER}/insert/opentelemetry/v1/logs` });
    const processors = [new BatchLogRecordProcessor({ exporter })];
    const provider = new LoggerProvider({ processors });
    logs.setGlobalLoggerProvider(provider);
    new ConsoleInstrumentation().enable();
    return { log: console.log, transports: [{ close: () => provider.shutdown() }] };
  },

  pino: () => peer('pino')(),
  'pino sync': () => peer('pino')(peer('pino').destination({ sync: true })),
  'pino destination': async () => {
    const { pinoDestination } = await ours('pino-transport');
    return peer('pino')(pinoDestination({ url: BENCH_SERVER }));
  },
  'pino baseline': async () => {
    const { baselineDestination } = await import('../baseline/pino.mjs');
    return peer('pino')({}, await baselineDestination(BENCH_SERVER));
  },
  /** Its lines are shipped and printed, as pino prints them. */
  'pino printed baseline': async () => {
    const { baselineDestination } = await import('../baseline/pino.mjs');
    const shipping = await baselineDestination(BENCH_SERVER);
    const stdout = peer('pino').destination(1);
    const write = (line) => {
      shipping.write(line);
      stdout.write(line);
    };
    return peer('pino')({}, { write });
  },
  'pino target': () =>
    target(fileURLToPath(import.meta.resolve('@direct-logging/pino-transport')), {
      url: BENCH_SERVER,
    }),
  'pino-loki': () =>
    target(peer.resolve('pino-loki'), {
      host: BENCH_SERVER,
      endpoint: 'insert/loki/api/v1/push?_msg_field=msg',
    }),
  'pino-opentelemetry-transport': () =>
    target(peer.resolve('pino-opentelemetry-transport'), {
      logRecordProcessorOptions: {
        recordProcessorType: 'batch',
        exporterOptions: {
          protocol: 'http/protobuf',
          protobufExporterOptions: { url: `${BENCH_SERVER}/insert/opentelemetry/v1/logs` },
        },
      },
    }),
  '@axiomhq/pino': () =>
    target(peer.resolve('@axiomhq/pino'), {
      dataset: 'd',
      token: 't',
      edgeUrl: BENCH_COUNTING_SERVER,
    }),
  '@logtail/pino': () =>
    target(peer.resolve('@logtail/pino'), {
      sourceToken: 't',
      options: { endpoint: BENCH_COUNTING_SERVER },
    }),

  winston: () => winstonWith(({ Console }) => new Console()),
  'winston null': () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
    return winstonWith(({ Stream }) => new Stream({ stream }));
  },
  'winston transport': async () => {
    const { VictoriaLogsTransport } = await ours('winston-transport');
    return winstonWith(() => new VictoriaLogsTransport({ url: BENCH_SERVER }));
  },
  'winston baseline': async () => {
    const { baselineTransport } = await import('../baseline/winston.mjs');
    const transport = await baselineTransport(peer('winston').Transport, BENCH_SERVER);
    return winstonWith(() => transport);
  },
  'winston-loki': () => {
    const LokiTransport = peer('winston-loki');
    return winstonWith(() => new LokiTransport({ host: `${BENCH_SERVER}/insert`, json: true }));
  },
  'winston Http': () => {
    const { hostname: host, port } = new URL(BENCH_SERVER);
    const path = '/insert/jsonline?_msg_field=message';
    return winstonWith(({ Http }) => new Http({ host, port, path }));
  },
  '@axiomhq/winston': () => {
    const { WinstonTransport } = peer('@axiomhq/winston');
    return winstonWith(
      () => new WinstonTransport({ dataset: 'd', token: 't', edgeUrl: BENCH_COUNTING_SERVER }),
    );
  },
  '@logtail/winston': () => {
    const { Logtail } = peer('@logtail/node');
    const { LogtailTransport } = peer('@logtail/winston');
    return winstonWith(
      () => new LogtailTransport(new Logtail('t', { endpoint: BENCH_COUNTING_SERVER })),
    );
  },
};

/** The logger of this way. Only `pino` and `winston` write to stdout. */
export async function makeLogger(way) {
  return MAKERS[way]();
}

function target(path, options) {
  return peer('pino')({ transport: { target: path, options } });
}

function winstonWith(makeTransport) {
  const { createLogger, transports } = peer('winston');
  return createLogger({ transports: [makeTransport(transports)] });
}
