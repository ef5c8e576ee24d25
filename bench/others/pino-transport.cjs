/** pino with a transport in a worker thread, pino itself included. */
const peer = require('node:module').createRequire(`${process.env.BENCH_PEERS}/`);

const options = { destination: '/dev/null' };
peer('pino')({ transport: { target: 'pino/file', options } }).info('one line');
