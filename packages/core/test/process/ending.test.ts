import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const ENDING = new URL('../../src/process/ending.ts', import.meta.url).href;

it.each([
  ['has nothing more to do', 0, 'no heard yes exit no'],
  ['goes on twice', 2, 'no heard yes went on no heard yes went on no heard yes exit no'],
])(
  'what gives the loop something to do waits while a program hears of its end that %s',
  (_, times, order) => {
    const program = `import { followNaturalEnd, isEnding, whileLoopGoesOn } from '${ENDING}';
    const said = [];
    let heard = 0;
    const look = () => said.push(isEnding() ? 'yes' : 'no');
    process.on('beforeExit', () => {
      said.push('heard');
      look();
      whileLoopGoesOn(() => { said.push('went on'); look(); });
      if (heard++ < ${times}) setTimeout(() => {}, 20);
    });
    process.on('exit', () => { said.push('exit'); look(); console.log(said.join(' ')); });
    followNaturalEnd();
    look();`;
    const args = ['--input-type=module', '-e', program];
    expect(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout.trim()).toBe(order);
  },
);
