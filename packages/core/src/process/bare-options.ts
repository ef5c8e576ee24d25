/** Options for Node that inherit nothing: what a program has put on `Object.prototype` would change where we connect. Pure. */

/** A copy of the object's own properties, without a prototype. */
export function bareOptions<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null) as Options, options);
}
