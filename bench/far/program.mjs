/**
 * A server that is far away: it reads its sockets all the time, so that no write wakes it, as with a server on another machine.
 * It answers each end of a request, and keeps nothing. Tells its port on descriptor 3.
 *
 * If it read them every 10 ms, TCP would send only as many small segments in this time as its congestion window allows, and a
 * write that is not sent costs half. How many are sent would be chance: 20,000 to 60,000 of 100,000.
 */
import { readSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';

const ANSWER = 'HTTP/1.1 204 No Content\r\n\r\n';
/** No line of JSON contains a bare CRLF. */
const END = '\r\n0\r\n\r\n';
const bytes = Buffer.allocUnsafeSlow(1024 * 1024);
/** The last bytes of each connection: an end can come in two reads. */
const lasts = new Map();

// Node does not read a socket that it has paused.
const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
  lasts.set(socket, '');
  socket.on('error', () => {});
  socket.on('close', () => lasts.delete(socket));
});
server.listen(0, '127.0.0.1', () => writeSync(3, JSON.stringify(server.address().port)));
readAll();
// The benchmark has ended.
process.stdin.resume().on('end', () => process.exit());

function readAll() {
  for (const socket of lasts.keys()) read(socket);
  setImmediate(readAll);
}

function read(socket) {
  for (;;) {
    let count;
    try {
      count = readSync(socket._handle.fd, bytes);
    } catch (error) {
      if (error.code !== 'EAGAIN') socket.destroy();
      return;
    }
    if (count === 0) {
      socket.destroy();
      return;
    }
    const text = lasts.get(socket) + bytes.latin1Slice(0, count);
    const ends = text.split(END).length - 1;
    if (ends > 0) socket.write(ANSWER.repeat(ends));
    lasts.set(socket, text.slice(1 - END.length));
  }
}
