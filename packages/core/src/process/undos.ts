/** Takes hooks off again, and keeps nothing alive that they are on: programs make loggers and streams without end. */
export class Undos {
  readonly #undos = new WeakMap<object, (() => void)[]>();
  readonly #owners = new Set<WeakRef<object>>();
  readonly #gone = new FinalizationRegistry<WeakRef<object>>((reference) => {
    this.#owners.delete(reference);
  });

  /** Remembers how to undo something. @param undo Called at most once, while its owner lives. */
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

  /** Whether something is to be undone for it. */
  has(owner: object): boolean {
    return this.#undos.has(owner);
  }

  /** Undoes everything, last things first for each owner. Errors of an `undo` are thrown. */
  run(): void {
    for (const reference of this.#owners) {
      const owner = reference.deref();
      const undos = owner && this.#undos.get(owner);
      for (const undo of undos?.reverse() ?? []) undo();
    }
    this.#owners.clear();
  }
}
