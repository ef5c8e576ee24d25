'use strict';
/**
 * Stands in for the compiled addon of the runtime interface client where nothing can be compiled: the same three
 * functions over `node:http`. Loaded by `--require`, because the client loads its addon through `process.dlopen`.
 *
 * One difference: `done` and `error` return before the answer has arrived, and `next` waits for it.
 */
const http = require('node:http');

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const dlopen = process.dlopen;
let answered = Promise.resolve();

process.dlopen = function (module, file, ...rest) {
  if (!/[\\/]rapid-client\.node$/.test(file)) return dlopen.call(this, module, file, ...rest);
  module.exports = { next, done, error };
};

async function next() {
  await answered;
  const { headers, body } = await request('GET', 'next');
  return {
    bodyJson: body,
    headers: {
      'lambda-runtime-trace-id': '',
      ...headers,
      'lambda-runtime-deadline-ms': Number(headers['lambda-runtime-deadline-ms']),
    },
  };
}

function done(requestId, body) {
  answered = request('POST', `${requestId}/response`, body);
}

function error(requestId, body, xrayCause) {
  answered = request('POST', `${requestId}/error`, body, {
    'lambda-runtime-function-xray-error-cause': xrayCause,
  });
}

function request(method, path, body = '', headers = {}) {
  return new Promise((resolve, reject) => {
    const url = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${path}`;
    const contents = Buffer.from(body);
    const length = method === 'GET' ? {} : { 'content-length': contents.length };
    const sent = http.request(url, { agent, method, headers: { ...headers, ...length } });
    sent.on('error', reject).on('response', async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      resolve({ headers: response.headers, body: text });
    });
    sent.end(contents);
  });
}
