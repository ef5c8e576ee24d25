/** The fields of a record under construction: distinct names, values as JSON text. */

/** Keeps every value, even if names repeat: of two fields with one name, the server finds only the first. */
export class Fields {
  readonly names: string[] = [];
  /** JSON text on one line; empty for a field that was removed. */
  readonly values: string[] = [];
  readonly #positions = new Map<string, number>();
  /** Names that must not be used as a replacement. */
  readonly #reserved: { has(name: string): boolean };
  #suffixes: Map<string, number> | undefined;

  constructor(reserved: { has(name: string): boolean }) {
    this.#reserved = reserved;
  }

  has(name: string): boolean {
    return this.#positions.has(name);
  }

  indexOf(name: string): number {
    return this.#positions.get(name) ?? -1;
  }

  valueOf(name: string): string | undefined {
    const at = this.#positions.get(name);
    return at === undefined ? undefined : this.values[at];
  }

  /** Adds a field. As in JSON.parse, the last of equal names counts: an earlier field with another value is renamed. */
  put(name: string, value: string): void {
    const earlier = this.#positions.get(name);
    if (earlier !== undefined) {
      if (this.values[earlier] === value) return;
      // Not `rename`, which would delete the name: a Map is slow if one key is deleted and set again and again.
      const free = this.freeName(name);
      this.names[earlier] = free;
      this.#positions.set(free, earlier);
    }
    this.#positions.set(name, this.names.length);
    this.names.push(name);
    this.values.push(value);
  }

  /** Adds a field. If an earlier one has the name and another value, this one gets a free name. */
  add(name: string, value: string): void {
    const earlier = this.valueOf(name);
    if (earlier === undefined) this.put(name, value);
    else if (earlier !== value) this.put(this.freeName(name), value);
  }

  /** Gives a field a name that is not in use. */
  rename(at: number, name: string): void {
    this.#positions.delete(this.names[at] as string);
    this.names[at] = name;
    this.#positions.set(name, at);
  }

  /** Renames a field to `<name>_extracted`. An earlier field of that name is renamed, too: the last one counts. */
  extract(at: number): void {
    const name = this.names[at] as string;
    const target = `${name}_extracted`;
    const earlier = this.indexOf(target);
    if (earlier < 0 || this.#reserved.has(target)) this.rename(at, this.freeName(name));
    else {
      this.rename(earlier, this.freeName(name));
      this.rename(at, target);
    }
  }

  remove(at: number): void {
    this.#positions.delete(this.names[at] as string);
    this.values[at] = '';
  }

  /** `<name>_extracted`, with a number after it if that is taken. */
  freeName(name: string): string {
    const base = `${name}_extracted`;
    let number = this.#suffixes?.get(base) ?? 0;
    let candidate: string;
    do {
      number++;
      candidate = number === 1 ? base : `${base}_${number}`;
    } while (this.has(candidate) || this.#reserved.has(candidate));
    this.#suffixes ??= new Map();
    this.#suffixes.set(base, number);
    return candidate;
  }
}
