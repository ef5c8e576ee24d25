/** Sentry, as a program starts it. */
const peer = require('node:module').createRequire(`${process.env.BENCH_OBSERVABILITY}/`);

peer('@sentry/node').init({ dsn: 'http://public@127.0.0.1:9/1' });
