/** Removes hooks again. Does not keep their owners alive: programs make loggers and streams without end. @lazy logger */

/** What undoes each hook, by its owner. */
export class Undos {
  readonly #undos = new WeakMap<object, (() => void)[]>();
  readonly #owners = new Set<WeakRef<object>>();
  readonly #gone = new FinalizationRegistry<WeakRef<object>>((reference) => {
    this.#owners.delete(reference);
  });

  /** Remembers how to undo something. @param undo Called at most once, and only if its owner still exists. */
  add(owner: object, undo: () => void): void {
    const undos = this.#undos.get(owner);
    if (undos !== undefined) {
      undos.push(undo);
      return;
    }
    this.#undos.set(owner, [undo]);
    const reference = new WeakRef(owner);
    this.#owners.add(reference);
    this.#gone.register(owner, reference);
  }

  /** Undoes everything, for each owner in reverse order. Throws what an `undo` throws. */
  run(): void {
    for (const reference of this.#owners) {
      const owner = reference.deref();
      const undos = owner && this.#undos.get(owner);
      for (const undo of undos?.reverse() ?? []) undo();
    }
    this.#owners.clear();
  }
}
