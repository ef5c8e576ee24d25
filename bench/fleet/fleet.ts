/** The processes with the shippers of the simulation. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { bareEnvironment } from '../../test-e2e/environment/run-program.ts';
import { beside, FOLDER } from '../measure/told.ts';

const PROGRAM = beside(import.meta, 'shippers.mjs');
const DELIVERED_WITHIN_MS = 300_000;
const LOOK_EVERY_MS = 100;

/** The processes, each with many shippers. */
export class Fleet {
  #children: ChildProcess[] = [];
  #id = 0;

  async fork(processes: number): Promise<void> {
    this.#children = Array.from({ length: processes }, () =>
      fork(PROGRAM, { cwd: FOLDER, env: bareEnvironment(), stdio: ['ignore', 2, 2, 'ipc'] }),
    );
    await this.stats();
  }

  /** Tells each process, and resolves when all have done it. */
  async tell(command: string, options: (at: number) => object = () => ({})): Promise<Stats[]> {
    const id = ++this.#id;
    return Promise.all(
      this.#children.map(async (child, at) => {
        child.send({ id, command, ...options(at) });
        for (;;) {
          const [message] = (await once(child, 'message')) as [{ id: number; answer: Stats }];
          if (message.id === id) return message.answer;
        }
      }),
    );
  }

  async stats(): Promise<Stats> {
    const all = await this.tell('stats');
    const sum = (of: keyof Stats) => all.reduce((total, one) => total + one[of], 0);
    return { written: sum('written'), queued: sum('queued'), dropped: sum('dropped') };
  }

  /** Resolves when the servers have acknowledged every line. @throws Error after a minute, or when lines were dropped. */
  async delivered(): Promise<void> {
    const deadline = performance.now() + DELIVERED_WITHIN_MS;
    for (;;) {
      const { queued, dropped } = await this.stats();
      if (dropped > 0) throw new Error(`${dropped} lines were dropped.`);
      if (queued === 0) return;
      if (performance.now() > deadline) throw new Error(`${queued} lines are not delivered.`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  end(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

interface Stats {
  readonly written: number;
  readonly queued: number;
  readonly dropped: number;
}
