/**
 * Reads JSON that somebody else has written. Pure.
 *
 * @lazy json
 */

/** The value; undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
