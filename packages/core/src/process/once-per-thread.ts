/** What all copies of this package in one thread share: the preload has one, for example, and the application another. */

/** The form of what is shared. It changes with a version that older ones could not share with. */
const SHARED_FORM = 1;
const FORMS = Symbol.for('@direct-logging/forms');

/** What the first copy made under this name. Copies of another form have their own. */
export function oncePerThread<Shared>(name: string, make: () => Shared): Shared {
  return shared(Symbol.for(`@direct-logging/${SHARED_FORM}/${name}`), make);
}

/** Whether this thread has a copy, loaded before this one, that shares nothing with it. */
export function isBesideAnotherForm(): boolean {
  const forms = shared(FORMS, () => new Set<number>());
  forms.add(SHARED_FORM);
  return forms.size > 1;
}

function shared<Shared>(key: symbol, make: () => Shared): Shared {
  const holder = globalThis as { [key]?: Shared };
  let value = holder[key];
  if (value === undefined) {
    value = make();
    // Not enumerable: a loop of the application over its globals must not find it.
    Object.defineProperty(holder, key, { value, configurable: true });
  }
  return value;
}
