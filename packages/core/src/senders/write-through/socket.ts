/** Makes a socket that a program cannot reach: what connects it and tells of it is Node's own, as it was at load. */
import type { LookupAddress } from 'node:dns';
import net from 'node:net';
import { bareOptions, withoutInherited } from '../../process/bare-options.ts';
import { isExiting } from '../../process/ending.ts';
import { guarded } from '../../process/guard.ts';
import { inOwnContext } from '../../process/own-context.ts';
import { random } from '../../process/random.ts';
import { takeThemWhileConnecting } from '../../process/standard-numbers.ts';
import { afterThisRun, nodeTimers, steadyClock } from '../../process/timers.ts';
import { untracedDescriptor } from '../../process/untraced.ts';
import { CONNECT_TIMEOUT_MS } from '../sender.ts';

/**
 * A program that replaces a method replaces it for all sockets: nock and msw do, to answer in the server's place. Node calls many of
 * them, some from the event loop, where what they throw would end the program. So ours have all of them as they were at load.
 */
function OwnSocket(): void {}
OwnSocket.prototype = heldPrototype(net.Socket.prototype);
// Node asks the socket for it, which would have what a program has put on `Object.prototype`.
Object.defineProperty(OwnSocket.prototype, 'blockList', { value: undefined, writable: true });

/**
 * Inherits from the prototype, but first from copies of it and of all above it but that of any object. In Jest, `Object` is not that of
 * Node's classes. One copy with everything would take four times as much memory.
 */
export function heldPrototype<Made extends object>(prototype: Made, of: object = prototype): Made {
  const above: object | null = Object.getPrototypeOf(of);
  if (above === null) return prototype;
  const held = Object.create(heldPrototype(prototype, above)) as Made;
  for (const key of Reflect.ownKeys(of))
    Object.defineProperty(held, key, untracedDescriptor(of, key));
  return held;
}

/** Begins to connect to a host, or to a unix socket at `path`. `now`: in this tick. */
export function connectedSocket(
  to: net.SocketConnectOpts,
  begin: 'now' | 'soon' = 'soon',
): net.Socket {
  const socket = withoutInherited(() => Reflect.construct(net.Socket, [], OwnSocket)) as net.Socket;
  // Node's map of listeners inherits from Object.prototype, where a program may have put the name of an event.
  const listeners: unknown = Reflect.get(socket, '_events');
  if (typeof listeners === 'object') Object.setPrototypeOf(listeners, null);
  const host = Object.hasOwn(to, 'host') ? ((to as net.TcpSocketConnectOpts).host ?? '') : '';
  const isNamed = host !== '' && net.isIP(host) === 0;
  const options = isNamed ? { ...to, ...lookupOptions(host) } : to;
  watchAttempt(socket, host);
  // Lines wait for each other only where `Descriptor.gather` says so. The constructor's `noDelay` would take effect only in the event
  // loop: https://github.com/nodejs/node/blob/main/lib/net.js (`afterConnect`)
  const connects = () =>
    inOwnContext(() => {
      socket.connect(bareOptions(options) as net.SocketConnectOpts);
      return socket.setNoDelay(true);
    });
  return begin === 'now' ? withoutWaiting(connects) : connects();
}

type Found = (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void;

/**
 * Who waits for which name. A lookup that was given up goes on and keeps the event loop alive. If another one began meanwhile, and so
 * on, a program would never end.
 */
const waiting = new Map<string, Found[]>();

/**
 * The last answer of a name server. Other connections that begin soon use it: where a lookup takes seconds, they would wait again. But not
 * after a connection that has ended: its address may be the reason, and a name server may give another one each time.
 */
let last: { readonly name: string; readonly all: LookupAddress[]; readonly at: number } | undefined;
const FRESH_MS = 1_000;

/** The addresses of a name, if a lookup has just found them. */
export function justFound(name: string): LookupAddress[] | undefined {
  return last?.name === name && steadyClock() - last.at < FRESH_MS ? last.all : undefined;
}

export interface LookupOptions {
  readonly lookup: net.LookupFunction;
  readonly autoSelectFamilyAttemptTimeout?: number;
}

/** The names whose addresses have more time to answer. */
const patientWith = new Set<string>();

/**
 * How to look this name up, and how long each of its addresses may take. Node goes on to the next address after 250 ms (Node 26: 500 ms),
 * and a far server takes longer to answer. So after an attempt in which an address did not answer, the next one goes on only from
 * addresses that refuse. If that one ends without an answer, too, the one after it is as usual.
 * https://nodejs.org/api/net.html#socketconnectoptions-connectlistener
 */
export function lookupOptions(name: string): LookupOptions {
  const most = { autoSelectFamilyAttemptTimeout: CONNECT_TIMEOUT_MS };
  return { lookup: lookupAny, ...(patientWith.has(name) && most) };
}

/** Watches an attempt to connect to this name. */
export function watchAttempt(socket: net.Socket, name: string): void {
  const wasPatient = patientWith.has(name);
  let isAnswered = false;
  const connected = guarded(() => {
    isAnswered = true;
  });
  const failed = guarded((error: NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] }) => {
    const { code, errors = [error] } = error;
    // Without a code, we have given it up.
    isAnswered ||= code !== undefined && errors.every((one) => one.code !== 'ETIMEDOUT');
  });
  const ended = guarded(() => {
    if (last?.name === name) last = undefined;
    // Of two that began together, the first one counts.
    if (isAnswered || wasPatient !== patientWith.has(name)) return;
    if (wasPatient) patientWith.delete(name);
    else patientWith.add(name);
  });
  socket.once('connect', connected);
  socket.once('error', failed);
  socket.once('close', ended);
  takeThemWhileConnecting(socket);
}

/**
 * Looks up a name, and begins with any address of the family that comes first. The C library sorts them, for all of a fleet in the
 * same way: https://www.rfc-editor.org/rfc/rfc6724#section-6 The others follow in any order: an attempt has no time for many.
 */
export const lookupAny: net.LookupFunction = (name, options, callback) => {
  const told: Found = guarded((error, found) => {
    // The family that comes first may be the one that does not answer.
    const isAny = options.all && patientWith.has(name);
    const among = found?.filter(({ family }) => isAny || family === found[0]?.family) ?? [];
    const any = among[Math.floor(random() * among.length)];
    if (any === undefined) callback(error, '');
    else if (options.all)
      callback(null, [any, ...found.filter((one) => one !== any).sort(() => random() - 0.5)]);
    else callback(null, any.address, any.family);
  });
  const fresh = justFound(name);
  if (fresh !== undefined) {
    afterThisRun(() => told(null, fresh));
    return;
  }
  const others = waiting.get(name);
  if (others !== undefined) {
    others.push(told);
    return;
  }
  const all = [told];
  let isOver = false;
  const every = bareOptions({ ...options, all: true as const });
  const begin = (): void =>
    process.getBuiltinModule('node:dns').lookup(name, every, (error, found) => {
      isOver = true;
      waiting.delete(name);
      // The program may have replaced it by a function that knows nothing of `all`.
      if (found?.[0]?.address !== undefined) last = { name, all: [...found], at: steadyClock() };
      for (const tell of all) tell(error, found);
    });
  // At its end, Node waits for a lookup that has begun, and in an exiting process it would find nothing in time.
  if (isExiting()) nodeTimers.start(begin, 0).unref();
  else begin();
  // Not before: it may have thrown.
  if (!isOver) waiting.set(name, all);
};

/**
 * Node begins to connect to an address in the next tick. Here it begins at once. (With a lookup, Node also connects at once.
 * But first it tests the name with a pattern for IPv6 addresses, which takes 5 ms to compile.)
 */
function withoutWaiting<Result>(connect: () => Result): Result {
  const { nextTick } = process;
  const restore = () => Reflect.set(process, 'nextTick', nextTick);
  Reflect.set(process, 'nextTick', (begin: (...args: unknown[]) => void, ...args: unknown[]) => {
    restore();
    begin(...args);
  });
  try {
    return connect();
  } finally {
    restore();
  }
}
