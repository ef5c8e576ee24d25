/** Sees what is published on a channel of `node:diagnostics_channel`. */

/**
 * A subscriber must not throw: Node ends the program then. And the call of one does throw when the stack is full, even though nothing
 * in it can: https://github.com/nodejs/node/blob/main/lib/diagnostics_channel.js ("triggerUncaughtException"). So the channel gets a
 * `publish` of its own, in which a full stack is what it is elsewhere: a RangeError, which the program may catch.
 *
 * @returns Stops it.
 */
export function watchChannel(name: string, onMessage: (message: unknown) => void): () => void {
  const channel = process.getBuiltinModule('node:diagnostics_channel').channel(name);
  const configurable = true;
  const own = {
    publish: {
      configurable,
      writable: true,
      value(message: unknown): void {
        try {
          onMessage(message);
        } catch {
          // The stack is full.
        }
        // A channel with subscribers has another prototype.
        Object.getPrototypeOf(channel).publish.call(channel, message);
      },
    },
    hasSubscribers: { configurable, value: true },
  };
  Object.defineProperties(channel, own);
  return () => {
    for (const key of Object.keys(own)) Reflect.deleteProperty(channel, key);
  };
}
