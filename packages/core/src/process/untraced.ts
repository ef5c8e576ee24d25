/**
 * The function beneath those that OpenTelemetry's instrumentations put around it, if they were loaded before us. They would record
 * our connections as the program's:
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/experimental/packages/opentelemetry-instrumentation/src/shimmer.ts
 */
export function untraced<Value>(value: Value): Value {
  const inner: unknown = Object.getOwnPropertyDescriptor(Object(value), '__original')?.value;
  return typeof inner === 'function' ? untraced(inner as Value) : value;
}

/** The descriptor of a property, with the function beneath. */
export function untracedDescriptor(of: object, key: PropertyKey): PropertyDescriptor {
  const descriptor = Object.getOwnPropertyDescriptor(of, key) as PropertyDescriptor;
  if (descriptor.value) descriptor.value = untraced(descriptor.value);
  return descriptor;
}
