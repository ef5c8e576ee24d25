import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const [NATURAL_END, ENDING] = ['natural-end', 'ending'].map(
  (name) => new URL(`../../src/process/${name}.ts`, import.meta.url).href,
);

it.each([
  ['has nothing more to do', '', 'take flushed leave heard'],
  [
    'does more at its end',
    "if (heard++ === 0) setTimeout(() => said.push('worked'), 50);",
    'take flushed leave heard take sent worked leave heard',
  ],
  [
    'does more at once',
    'if (heard++ < 2) setImmediate(() => {});',
    'take flushed leave heard take sent leave heard take sent leave heard',
  ],
])('a natural end waits before a program hears of it that %s', (_, more, order) => {
  const program = `import { delayNaturalEnd } from '${NATURAL_END}';
    import { whileLoopGoesOn } from '${ENDING}';
    const said = [];
    let pending = 1;
    const flushed = () => { said.push('flushed'); pending = 0; };
    const steps = {
      exitTimeoutMs: 0,
      needsLoop: () => true,
      pending: () => pending,
      flush: () => new Promise((done) => setTimeout(() => done(flushed()), 20)),
    };
    const note = (text) => (name) => { if (name === 'SIGINT') said.push(text); };
    process.on('newListener', note('take')).on('removeListener', note('leave'));
    delayNaturalEnd({ all: [steps] }, () => {});
    let heard = 0;
    process.on('beforeExit', () => {
      said.push('heard');
      whileLoopGoesOn(() => { said.push('sent'); setTimeout(() => {}); });
      ${more}
    });
    process.on('exit', () => console.log(said.join(' ')));`;
  const args = ['--input-type=module', '-e', program];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stdout.trim()).toBe(order);
});

it('work that begins while a natural end waits has the time of an exit of its own', () => {
  const program = `import { delayNaturalEnd } from '${NATURAL_END}';
    import { waiting } from '${ENDING}';
    let waits = 0;
    const say = () => console.log(waits, waiting.until === undefined ? 'whole' : 'rest');
    const steps = {
      exitTimeoutMs: 50,
      needsLoop: () => true,
      pending: () => 1,
      flush: async () => {
        waits++;
        say();
        setTimeout(say, 200);
      },
    };
    delayNaturalEnd({ all: [steps] }, () => {});
    process.on('exit', say);`;
  const args = ['--input-type=module', '-e', program];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stdout).toBe('1 rest\n1 whole\n1 whole\n');
});
