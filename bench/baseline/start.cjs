/** The least that a preload must do to ship something: it loads `node:net`, connects, and makes one request of one line. */
const net = require('node:net');

const { hostname, port } = new URL(process.env.BENCH_SERVER);
const path = '/insert/jsonline?_stream_fields=stream';
const line = `{"_time":"${new Date().toISOString()}","_msg":"one line","stream":"stdout"}\n`;
const socket = net.connect({ host: hostname, port: Number(port), noDelay: true }, () => {
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${line.length}\r\n\r\n${line}`,
  );
});
socket.on('data', () => socket.end());
