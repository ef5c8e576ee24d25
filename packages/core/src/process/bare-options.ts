/** Options for Node that inherit nothing: what a program has put on `Object.prototype` would change where we connect. */

/** A copy of the object's own properties, without a prototype. */
export function bareOptions<Options extends object>(options: Options): Options {
  return Object.assign(Object.create(null) as Options, options);
}

/** Runs a step while no object inherits what a program has put on `Object.prototype`: Node copies many options into ordinary objects. */
export function withoutInherited<Made>(step: () => Made): Made {
  const { prototype } = Object;
  const put: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(prototype);
  const names = Object.keys(prototype);
  for (const name of names) Reflect.deleteProperty(prototype, name);
  try {
    return step();
  } finally {
    for (const name of names) Reflect.defineProperty(prototype, name, bareOptions(put[name] ?? {}));
  }
}
