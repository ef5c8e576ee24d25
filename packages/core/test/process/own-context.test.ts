import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const OWN_CONTEXT = new URL('../../src/process/own-context.ts', import.meta.url).href;

it("keeps what is made in it out of the program's storage and domain", () => {
  const program = `import { AsyncLocalStorage } from 'node:async_hooks';
    import domain from 'node:domain';
    import { inOwnContext } from '${OWN_CONTEXT}';
    const storage = new AsyncLocalStorage();
    const program = domain.create();
    const say = (where) => () =>
      console.log(where, storage.getStore(), process.domain === program);
    program.run(() =>
      storage.run('stored', () => {
        queueMicrotask(say('program:'));
        inOwnContext(() => setTimeout(say('own:')));
        say('after:')();
      }),
    );`;
  const args = ['--input-type=module', '-e', program];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const lines = ['after: stored true', 'program: stored true', 'own: undefined false', ''];
  expect(stdout.split('\n')).toEqual(lines);
});
