/** OpenTelemetry's SDK for Node.js as it starts without settings; only logs have an exporter. */
const peer = require('node:module').createRequire(`${process.env.BENCH_OBSERVABILITY}/`);

const { NodeSDK } = peer('@opentelemetry/sdk-node');
process.env.OTEL_TRACES_EXPORTER = 'none';
process.env.OTEL_METRICS_EXPORTER = 'none';
process.env.OTEL_LOGS_EXPORTER = 'otlp';
new NodeSDK().start();
