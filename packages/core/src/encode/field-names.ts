/**
 * Limits the names of fields. The server stores a stream in blocks of one day, and drops rows of a block with more than 2,000 names,
 * rows of other processes, too, although it has acknowledged them
 * (https://github.com/VictoriaMetrics/VictoriaLogs/blob/v1.52.1/lib/logstorage/block.go, `maxColumnsPerBlock`). Whoever can choose the
 * keys of an object that is logged could so remove lines.
 */
import { copyOf } from '../record/copy-of.ts';
import type { Fields } from '../record/fields.ts';
import { DAY_MS } from '../record/retention.ts';

/**
 * The rest is kept for names that come in `MIN_RECORDS` records, as those that strangers make up seldom do. Of this share, one record
 * takes at most half of what is left, so that a single large object leaves something.
 */
const SHARE_OF_ANY = 2 / 3;
const MIN_RECORDS = 3;
/** With more, counting begins again: names that strangers make up must not fill the memory. */
const MAX_COUNTED = 1_000;

/** The names that fields may have today. */
export class FieldNames {
  readonly #max: number;
  /** Names that do not count. */
  readonly #always: ReadonlySet<string>;
  readonly #taken = new Set<string>();
  /** In how many records a name was refused. */
  readonly #refused = new Map<string, number>();
  #day = -1;

  /**
   * @param max How many names there may be in a day.
   * @param always Names that can always be used, and do not count.
   */
  constructor(max: number, always: Iterable<string>) {
    this.#max = max;
    this.#always = new Set(always);
  }

  /** Takes the names of a record. Returns the positions of the fields whose names are refused. */
  take({ names, values }: Fields): readonly number[] {
    const refused: number[] = [];
    let left = (this.#max * SHARE_OF_ANY - this.#taken.size) / 2;
    for (let at = 0; at < names.length; at++) {
      const name = names[at] as string;
      if (values[at] === '' || this.#taken.has(name) || this.#always.has(name)) continue;
      if (left-- > 0 || this.#comesAgain(name)) this.#taken.add(copyOf(name));
      else refused.push(at);
    }
    return refused;
  }

  /** Whether a day of UTC has begun, as the server divides its data. Then no name is taken. */
  turnTo(nowMs: number): boolean {
    const day = Math.floor(nowMs / DAY_MS);
    // A clock that is set back over midnight brings no new names: the lines of both days may be in one block.
    if (day <= this.#day) return false;
    this.#day = day;
    this.#taken.clear();
    this.#refused.clear();
    return true;
  }

  /** Whether a name that was refused can be taken now. Counts the records. */
  #comesAgain(name: string): boolean {
    const records = (this.#refused.get(name) ?? 0) + 1;
    if (records >= MIN_RECORDS && this.#taken.size < this.#max) return true;
    if (this.#refused.size >= MAX_COUNTED) this.#refused.clear();
    this.#refused.set(copyOf(name), records);
    return false;
  }
}
