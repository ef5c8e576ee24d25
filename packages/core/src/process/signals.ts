/** What is done before a signal that nobody else listens to ends the process. @lazy */
import { guarded } from './guard.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Listens only while no other listener exists: other modules count them to find out whether a signal ends the process. Afterwards the
 * signal is raised again.
 *
 * @returns Leaves the signals to the program.
 */
export function takeSignalsWhileAlone(act: () => void): () => void {
  const atSignal: (signal: NodeJS.Signals) => void = guarded((signal) => {
    act();
    process.off(signal, atSignal);
    process.kill(process.pid, signal);
  });
  const isOthers = (name: string | symbol, listener: unknown): name is NodeJS.Signals =>
    SIGNALS.includes(name as 'SIGINT') && listener !== atSignal;
  // Runs before Node's own listener for this event, which decides by the other listeners whether to watch the signal:
  // https://github.com/nodejs/node/blob/main/lib/internal/process/signal.js
  const events: NodeJS.EventEmitter = process;
  const onNew = guarded((name: string | symbol, listener: unknown) => {
    if (isOthers(name, listener)) process.off(name, atSignal);
  });
  const onRemoved = guarded((name: string | symbol, listener: unknown) => {
    if (isOthers(name, listener) && process.listenerCount(name) === 0) process.on(name, atSignal);
  });
  events.prependListener('newListener', onNew);
  process.on('removeListener', onRemoved);
  for (const signal of SIGNALS)
    if (process.listenerCount(signal) === 0) process.on(signal, atSignal);
  return () => {
    events.off('newListener', onNew).off('removeListener', onRemoved);
    for (const signal of SIGNALS) process.off(signal, atSignal);
  };
}
