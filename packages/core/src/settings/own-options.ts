/** The door for options: what a program, or a hole in it, has put on `Object.prototype` is not an option. Pure. */

/**
 * A copy of what the object and its classes define, without a prototype. So options can be an instance of a class with getters.
 * @throws What a getter throws.
 */
export function ownOptions<Options extends object>(options: Options): Options {
  const own = Object.create(null) as Record<PropertyKey, unknown>;
  for (let at: object | null = options; at !== null; at = Object.getPrototypeOf(at) as object) {
    // Also that of another realm: only it has this method.
    if (at !== options && Object.hasOwn(at, 'hasOwnProperty')) break;
    for (const name of Object.getOwnPropertyNames(at)) {
      if (name !== 'constructor' && !Object.hasOwn(own, name))
        own[name] = Reflect.get(options, name);
    }
  }
  return own as Options;
}
