/**
 * Makes a TLS socket that a program cannot reach: its methods are Node's own, as they were when TLS was first needed. Node calls many
 * of them from the event loop, where what a replaced one throws would end the program. @lazy tls
 */
import net from 'node:net';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { withoutInherited } from '../../../process/bare-options.ts';
import { untracedDescriptor } from '../../../process/untraced.ts';
import { heldPrototype } from '../socket.ts';

function hold() {
  const tls = process.getBuiltinModule('node:tls');
  // What `connect` makes has one of these prototypes, or inherits from it.
  const originals = [tls.TLSSocket.prototype, net.Socket.prototype].map(
    (prototype) => [prototype, descriptorsOf(prototype)] as const,
  );
  return { tls, prototype: heldPrototype(tls.TLSSocket.prototype), originals };
}

function descriptorsOf(of: object): PropertyDescriptorMap {
  return Object.fromEntries(Reflect.ownKeys(of).map((key) => [key, untracedDescriptor(of, key)]));
}

let held: ReturnType<typeof hold> | undefined;

/** From the first use on, and not from load on: a program that uses us in code may have patched TLS to see every connection. */
export function holdTls(): ReturnType<typeof hold> {
  held ??= hold();
  return held;
}

/** As `tls.connect`. */
export function connectedTlsSocket(options: Readonly<ConnectionOptions>): TLSSocket {
  const { tls, prototype, originals } = holdTls();
  const undos = originals.map(([of, original]) => restore(of, original));
  try {
    const socket = withoutInherited(() => tls.connect(options));
    // Node's stand-in for a stream that is not a socket, of a class that it does not show:
    // https://github.com/nodejs/node/blob/main/lib/internal/js_stream_socket.js
    const { _handle: handle } = socket as unknown as { _handle?: { _parentWrap?: unknown } };
    const wrap = handle?._parentWrap;
    if (wrap instanceof net.Socket)
      Object.setPrototypeOf(wrap, heldPrototype(Object.getPrototypeOf(wrap) as object));
    return Object.setPrototypeOf(socket, prototype) as TLSSocket;
  } finally {
    for (const undo of undos) undo();
  }
}

/** Gives an object the properties back that it had, and no others. Returns what undoes that. Unchanged ones are not touched. */
function restore(prototype: object, original: PropertyDescriptorMap): () => void {
  const now: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(prototype);
  const names = Reflect.ownKeys({ ...original, ...now });
  const changed = names.filter((name) => original[name]?.value !== now[name]?.value);
  const set = (to: PropertyDescriptorMap): void => {
    for (const name of changed) {
      const descriptor = to[name];
      if (descriptor === undefined) Reflect.deleteProperty(prototype, name);
      else Reflect.defineProperty(prototype, name, descriptor);
    }
  };
  set(original);
  return () => set(now);
}
