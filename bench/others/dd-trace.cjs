/** Datadog's tracer, as its `dd-trace/init` starts it. */
process.env.DD_TRACE_STARTUP_LOGS = 'false';
require('node:module').createRequire(`${process.env.BENCH_OBSERVABILITY}/`)('dd-trace/init');
