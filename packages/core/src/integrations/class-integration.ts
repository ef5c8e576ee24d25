/** Attaches to a logger when a program loads it, without a hook in the module loader. */
import { debug } from '../process/debug.ts';
import { watchCalls } from '../process/replace-method.ts';
import type { Integration, IntegrationHost } from './integration.ts';

/**
 * An integration that is given the prototype of every class that is made with `util.inherits` and mentions these properties. In a
 * bundle a class can lose its name, but its properties keep theirs. The class has no objects yet at that time.
 * @param intercept Makes the interceptor of all these classes. Not called in a program without the logger.
 */
export function classIntegration(
  name: string,
  properties: readonly string[],
  intercept: (host: IntegrationHost) => { watch(prototype: object): void; undo(): void },
): Integration {
  function install(host: IntegrationHost): () => void {
    let interceptor: ReturnType<typeof intercept> | undefined;
    let isLooking = true;
    const look = (made: unknown): void => {
      if (!isLooking || !mentions(made, properties)) return;
      debug(`${name} is loaded, and its lines are seen`);
      interceptor ??= intercept(host);
      interceptor.watch(made.prototype);
    };
    const util = process.getBuiltinModule('node:util');
    // A file of the preload may be gone. The class works without direct-logging.
    const undo = watchCalls(util, 'inherits', (_, [made]) => look.bind(undefined, made));
    return () => {
      isLooking = false;
      undo();
      interceptor?.undo();
    };
  }
  return { name, install };
}

/** False for a class that derives from a watched one, as winston 2's transports do. */
function mentions(made: unknown, properties: readonly string[]): made is { prototype: object } {
  if (typeof made !== 'function') return false;
  const source = Function.prototype.toString.call(made);
  return properties.every((one) => source.includes(`.${one}`) && !(one in made.prototype));
}
