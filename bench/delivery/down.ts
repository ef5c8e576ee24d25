/** What does an outage add to a line? The processor time of a line in core: encoded, queued, and with a server that is down. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Delivery,
  type DeliveryEffects,
  senderFor,
} from '../../packages/core/src/delivery/delivery.ts';
import { createEncoder } from '../../packages/core/src/encode/encode.ts';
import { completeOptions } from '../../packages/core/src/options.ts';
import { nodeClock, wallClock } from '../../packages/core/src/process/timers.ts';
import type { LogInput } from '../../packages/core/src/record/record.ts';
import type { Sender } from '../../packages/core/src/senders/sender.ts';

const LINES = 300_000;
const ROUNDS = 5;
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';
const LINE: LogInput = { text: 'x'.repeat(150), stream: 'stdout', logger: 'console' };

type Emit = (line: string, level: number) => void;

const NOBODY: Sender = {
  needsLoop: false,
  ready: async () => {},
  pump: () => {},
  finish: () => {},
  pumpSync: () => false,
  close: () => {},
};

/** Processor time per line in microseconds, the best of some rounds, by what is done with it. */
export async function costOfAnOutage(): Promise<Record<string, number>> {
  const { settings } = completeOptions({ url: NOWHERE }, {}, () => 'bench');
  if (settings === undefined) throw new Error('no settings');
  const effects = {
    shipperId: 'bench',
    clock: nodeClock,
    random: Math.random,
    debug: () => {},
    report: () => {},
  };
  const deliveryTo = (makeSender: DeliveryEffects['makeSender']): Emit => {
    const delivery = new Delivery(settings, { ...effects, makeSender });
    return (line, level) => delivery.append(line, level);
  };
  const encode = createEncoder(
    { ...settings, shipperId: 'bench' },
    { now: wallClock, context: () => undefined },
  );
  const cost = async (emit: Emit): Promise<number> => {
    const costs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = process.cpuUsage();
      for (let line = 0; line < LINES; line++) encode(LINE, emit);
      const { user, system } = process.cpuUsage(before);
      costs.push((user + system) / LINES);
      // Time for attempts to connect.
      await sleep(100);
    }
    return Math.min(...costs);
  };
  return {
    encoded: await cost(() => {}),
    'and queued': await cost(deliveryTo(() => NOBODY)),
    'and the server is down': await cost(deliveryTo((host) => senderFor(settings, host, () => {}))),
  };
}
