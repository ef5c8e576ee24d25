/** Asks VictoriaLogs what a panel of the dashboard shows, as Grafana's data source does. */

/** What is asked for. */
export interface Range {
  readonly startS: number;
  readonly endS: number;
  /** Of a chart: how much time one of its points stands for. */
  readonly step: string;
  /** A regular expression for the chosen containers. Default: all. */
  readonly container?: string;
}

/** Of a table or of logs the rows, of everything else what the server answers. */
export type Answer = Array<Readonly<Record<string, string>>> | StatsAnswer;

interface StatsAnswer {
  readonly data: { readonly result: readonly Series[] };
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly string[];
  readonly values?: readonly string[][];
}

interface Panel {
  readonly targets: ReadonlyArray<{ readonly expr: string; readonly queryType: string }>;
}

const ENDPOINTS = {
  instant: 'query',
  stats: 'stats_query',
  statsRange: 'stats_query_range',
} as const;
/** What Grafana puts the chosen containers in for. */
const CHOSEN = ['$', '{container:regex}'].join('');

/** @throws Error when VictoriaLogs does not take the query. */
export async function ask(url: string, panel: Panel | undefined, range: Range): Promise<Answer> {
  const { expr = '', queryType = '' } = panel?.targets[0] ?? {};
  const { startS, endS, step, container = '.*' } = range;
  const body = new URLSearchParams({
    query: expr.replaceAll(CHOSEN, container),
    ...{ start: String(startS), end: String(endS) },
    ...(queryType === 'statsRange' ? { step } : {}),
    ...(queryType === 'stats' ? { time: String(endS) } : {}),
  });
  const endpoint = `${url}/select/logsql/${ENDPOINTS[queryType as keyof typeof ENDPOINTS]}`;
  const headers = { connection: 'close' };
  const response = await fetch(endpoint, { method: 'POST', body, headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  if (queryType !== 'instant') return JSON.parse(text) as StatsAnswer;
  const rows = text.split('\n').filter(Boolean);
  return rows.map((row) => JSON.parse(row));
}
