/** What servers count, as their `/metrics` tell it. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Servers refresh what they tell once a second. */
export const FRESH_AFTER_MS = 1_200;
const LOOK_EVERY_MS = 2_000;

/** What the servers that programs talk to counted during a phase. */
export interface Phase {
  readonly seconds: number;
  readonly connections: number;
  readonly peakAccepts: number;
  readonly accepts: number;
  readonly requests: number;
  readonly peakRequests: number;
  /** Of those, and of what stands behind them. */
  readonly cpuSeconds: number;
  readonly behindCpuSeconds: number;
}

/** Reads the counters of servers, and finds the peaks between. */
export class Watch {
  readonly #front: readonly string[];
  readonly #behind: readonly string[];

  constructor(front: readonly string[], behind: readonly string[]) {
    this.#front = front;
    this.#behind = behind;
  }

  async memory(): Promise<number> {
    return (await this.#read()).memory;
  }

  /** @param looks Whether it also looks meanwhile, for the peaks. Looking costs the servers more than an idle shipper does. */
  async during(act: () => Promise<unknown>, looks = false): Promise<Phase> {
    const startedAt = performance.now();
    const first = await this.#read();
    const behindFirst = await cpuOf(this.#behind);
    let previous = { ...first, at: startedAt };
    let peakAccepts = 0;
    let peakRequests = 0;
    let connections = 0;
    const look = async (): Promise<void> => {
      const counters = await this.#read();
      const at = performance.now();
      const perSecond = 1_000 / Math.max(LOOK_EVERY_MS, at - previous.at);
      peakAccepts = Math.max(peakAccepts, (counters.accepts - previous.accepts) * perSecond);
      peakRequests = Math.max(peakRequests, (counters.requests - previous.requests) * perSecond);
      connections = counters.connections;
      previous = { ...counters, at };
    };
    let isOver = false;
    const acting = act().finally(() => {
      isOver = true;
    });
    while (!isOver && looks) {
      await Promise.race([acting, sleep(LOOK_EVERY_MS)]);
      await look();
    }
    await acting;
    const seconds = (performance.now() - startedAt) / 1_000;
    await sleep(FRESH_AFTER_MS);
    await look();
    return {
      ...{ seconds, connections, peakAccepts, peakRequests },
      accepts: previous.accepts - first.accepts,
      requests: previous.requests - first.requests,
      cpuSeconds: previous.cpu - first.cpu,
      behindCpuSeconds: Math.max(0, (await cpuOf(this.#behind)) - behindFirst),
    };
  }

  async #read(): Promise<Counters> {
    const all = await Promise.all(this.#front.map(metricsOf));
    const sum = (name: RegExp) => all.reduce((total, text) => total + metricIn(text, name), 0);
    return {
      accepts: sum(/^vm_tcplistener_accepts_total\{/),
      requests: sum(/^vl_http_requests_total\{path="\/insert\/jsonline"/),
      connections: sum(/^vm_tcplistener_conns\{/),
      cpu: sum(/^process_cpu_seconds_total /),
      memory: sum(/^process_resident_memory_anon_bytes /),
    };
  }
}

interface Counters {
  readonly accepts: number;
  readonly requests: number;
  readonly connections: number;
  readonly cpu: number;
  readonly memory: number;
}

async function cpuOf(urls: readonly string[]): Promise<number> {
  const all = await Promise.all(urls.map(metricsOf));
  return all.reduce((total, text) => total + metricIn(text, /^process_cpu_seconds_total /), 0);
}

/** The text of its `/metrics`, empty while it does not answer. */
export async function metricsOf(url: string): Promise<string> {
  const answer = await fetch(`${url}/metrics`).catch(() => undefined);
  return (await answer?.text().catch(() => '')) ?? '';
}

/** The sum of the values of a metric. */
export function metricIn(text: string, name: RegExp): number {
  const lines = text.split('\n').filter((line) => name.test(line));
  return lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
