/** Reads the settings that name fields. Pure. @lazy settings */

const MAX_PAIRS_BYTES = 32 * 1024;

/** Names, separated by commas or in a list. Undefined if there are none or too many, or if the server would refuse one. */
export function readNames(
  raw: unknown,
  maxNames: number,
  maxBytes: number,
): readonly string[] | undefined {
  const names = typeof raw === 'string' ? raw.split(',').map((name) => name.trim()) : raw;
  if (!Array.isArray(names)) return undefined;
  const kept = [...new Set(names.filter((name) => name !== ''))];
  const isUsable = kept.length > 0 && kept.length <= maxNames;
  return isUsable && kept.every((name) => isFieldName(name, maxBytes)) ? kept : undefined;
}

/** Names with texts: `key=value,key=value`, or an object. */
export function readPairs(
  raw: unknown,
  maxBytes: number,
): Readonly<Record<string, string>> | undefined {
  const pairs = typeof raw === 'string' ? splitPairs(raw) : raw;
  if (pairs === null || typeof pairs !== 'object' || Array.isArray(pairs)) return undefined;
  const isUsable = Object.entries(pairs).every(
    ([name, value]) => isFieldName(name, maxBytes) && typeof value === 'string',
  );
  if (!isUsable || Buffer.byteLength(JSON.stringify(pairs)) > MAX_PAIRS_BYTES) return undefined;
  return pairs as Record<string, string>;
}

/**
 * Names go into a header and a query, so only characters that both carry unchanged are allowed. For `=` and `}` in a stream
 * field the server refuses whole requests (`CheckStreamFieldName`). `_…` and `shipper.…` have special meanings.
 * https://github.com/VictoriaMetrics/VictoriaLogs/blob/master/lib/logstorage/stream_tags.go
 */
function isFieldName(name: unknown, maxBytes: number): name is string {
  return (
    typeof name === 'string' &&
    /^[\x21-\x7e]+$/.test(name) &&
    !/[,={}]/.test(name) &&
    !name.startsWith('shipper.') &&
    name.length <= maxBytes &&
    !name.startsWith('_')
  );
}

function splitPairs(raw: string): Record<string, string> | undefined {
  const pairs: Record<string, string> = {};
  for (const pair of raw.split(',')) {
    const at = pair.indexOf('=');
    if (pair.trim() === '') continue;
    if (at < 1) return undefined;
    pairs[pair.slice(0, at).trim()] = pair.slice(at + 1);
  }
  return pairs;
}
