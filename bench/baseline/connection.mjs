/** The least that gets lines to VictoriaLogs: one connection, one open request, one write for each line. */
import fs from 'node:fs';
import net from 'node:net';
import { Kept } from './kept.mjs';

const FIELDS = '_stream_fields=container_name,job,stream&_msg_field=_msg&_time_field=_time';
const END = '0\r\n\r\n';
const END_EVERY_MS = 1_000;

/**
 * Connects, and resolves with `send(buffer, from, to)`, which takes one framed chunk. Each chunk is a write, in a request that ends
 * once a second. What is written in a tick leaves together. `each` asks for something else: a `segment` for each chunk, or a
 * `request` or a `write` for each tick. `kept`: chunks are kept until they are acknowledged.
 */
export async function openConnection(url, each) {
  const { hostname, port } = new URL(url);
  const head =
    `POST /insert/jsonline?${FIELDS} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
    'Transfer-Encoding: chunked\r\n\r\n';
  const socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise((resolve) => socket.once('connect', resolve));
  const { fd } = socket._handle;
  let open = false;
  let ended = 0;
  let answered = 0;
  const kept = each === 'kept' ? new Kept() : undefined;
  socket.on('data', (answers) => {
    answered += answers.toString('latin1').split('HTTP/1.1 ').length - 1;
    kept?.acknowledged(answered);
    if (answered === ended) socket.unref();
  });
  setInterval(end, END_EVERY_MS).unref();
  process.on('beforeExit', end);
  socket.unref();
  // The server closes a connection on which nothing was sent for five seconds.
  send(Buffer.alloc(0), 0, 0);
  end();
  if (each === 'segment') return send;
  let ofTick = [];
  let isTogether = false;
  if (each === undefined || kept !== undefined) return sendTogether;
  return (buffer, from, to) => {
    if (ofTick.push(Buffer.from(buffer.subarray(from, to))) > 1) return;
    setImmediate(() => {
      const chunks = each === 'write' ? [Buffer.concat(ofTick)] : ofTick;
      ofTick = [];
      for (const chunk of chunks) send(chunk, 0, chunk.length);
      if (each === 'request') end();
    });
  };

  /** Linux sends what it has held when Nagle's algorithm is turned off. */
  function sendTogether(buffer, from, to) {
    if (!isTogether) {
      isTogether = true;
      socket.setNoDelay(false);
      setImmediate(() => {
        isTogether = false;
        socket.setNoDelay(true);
      });
    }
    send(buffer, from, to);
  }

  function send(buffer, from, to) {
    if (!open) {
      open = true;
      write(Buffer.from(head), 0, head.length);
    }
    if (to === from) return;
    kept?.add(buffer, from, to, ended);
    write(buffer, from, to);
  }

  /** Writes into the kernel. What the kernel does not take waits in the socket, and so does everything after it. */
  function write(buffer, from, to) {
    let written = 0;
    if (socket.writableLength === 0) {
      try {
        written = fs.writeSync(fd, buffer, from, to - from);
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error;
      }
    }
    if (from + written < to) socket.write(Buffer.from(buffer.subarray(from + written, to)));
  }

  function end() {
    if (!open) return;
    open = false;
    ended += 1;
    socket.ref();
    write(Buffer.from(END), 0, END.length);
  }
}
