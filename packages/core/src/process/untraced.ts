/**
 * The function beneath those that OpenTelemetry's instrumentations put around it, if they were loaded before us. They would record
 * our connections as the program's:
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/experimental/packages/opentelemetry-instrumentation/src/shimmer.ts
 */
export function untraced<Value>(value: Value): Value {
  const inner: unknown = Object.getOwnPropertyDescriptor(Object(value), '__original')?.value;
  return typeof inner === 'function' ? untraced(inner as Value) : value;
}

/** The descriptors of an object's properties, with the functions beneath. */
export function untracedDescriptors(of: object): PropertyDescriptorMap {
  return Object.fromEntries(Reflect.ownKeys(of).map((key) => [key, untracedDescriptor(of, key)]));
}

export function untracedDescriptor(of: object, key: PropertyKey): PropertyDescriptor {
  const descriptor = Object.getOwnPropertyDescriptor(of, key) as PropertyDescriptor;
  if (descriptor.value) descriptor.value = untraced(descriptor.value);
  return descriptor;
}
