/** Shows a value in a message. Pure. @lazy secrets */
import { stringify } from '../record/stringify.ts';

const MAX_SHOWN = 80;

export function show(value: unknown): string {
  // JSON has no NaN.
  const shown = typeof value === 'number' ? String(value) : (stringify(value) ?? String(value));
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}\u2026` : shown;
}
