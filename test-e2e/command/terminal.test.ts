/** The `direct-logging` command in a real terminal, that of tmux: colors, Ctrl-C, and a program that is run. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { sayMissing } from '../environment/missing.ts';
import { commandWorks, runCommand, tryCommand } from '../environment/run-command.ts';

const COMMAND = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
/** How a terminal is told to show green. */
const GREEN = '\u001b[32m';

const hasTmux = await commandWorks('tmux', ['-V']);
if (!hasTmux)
  sayMissing('The command is not tried in a terminal: there is no tmux', 'Install tmux.');

describe.skipIf(!hasTmux)('direct-logging in a terminal', () => {
  /** Of its own, so that no other tmux of this user is touched. */
  const tmux = (...args: string[]) =>
    runCommand('tmux', ['-L', socket, '-f', '/dev/null', ...args]);
  const socket = `direct-logging-${randomUUID()}`;
  const name = `terminal-${randomUUID().slice(0, 8)}`;
  const server = testServer();

  afterAll(async () => {
    await tryCommand('tmux', ['-L', socket, 'kill-server']);
  });

  /** Types the line into a shell of its own; what it ends with is shown behind it. */
  async function type(title: string, line: string): Promise<() => Promise<string>> {
    const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_CONTAINER_NAME: name };
    const set = Object.entries(env).flatMap(([variable, value]) => ['-e', `${variable}=${value}`]);
    const shell = 'env -u NO_COLOR -u FORCE_COLOR PS1= sh';
    await tmux('new-session', '-d', '-s', title, '-x', '120', '-y', '40', ...set, shell);
    const command = `"${process.execPath}" "${COMMAND}"`;
    const typed = `${line.replace('direct-logging', command)}; echo "ended $?"`;
    await tmux('send-keys', '-t', title, '-l', typed);
    await tmux('send-keys', '-t', title, 'Enter');
    return () => tmux('capture-pane', '-t', title, '-p', '-e');
  }

  it('has colors', async () => {
    const shown = await type('doctor', 'direct-logging doctor');
    await expect.poll(shown).toMatch(/^ended 0$/m);
    expect(await shown()).toContain(`${GREEN}ok`);
  });

  it('has none when they are not wanted', async () => {
    const shown = await type('plain', 'NO_COLOR=1 direct-logging doctor');
    await expect.poll(shown).toMatch(/^ended 0$/m);
    expect(await shown()).not.toContain(GREEN);
  });

  it('hands Ctrl-C to the program that it runs, and ends as that does', async () => {
    const script = "trap 'echo stopping; exit 3' INT; echo started; while :; do sleep 0.1; done";
    const shown = await type('run', `direct-logging run -- sh -c "${script}"`);
    await expect.poll(shown).toMatch(/^started$/m);
    await tmux('send-keys', '-t', 'run', 'C-c');
    await expect.poll(shown).toMatch(/^ended 3$/m);
    const rows = await server.queryWhen(
      `{container_name="${name}"} _msg:in("started", "stopping") | sort by (_time)`,
      2,
    );
    expect(rows.map(({ _msg }) => _msg)).toEqual(['started', 'stopping']);
  });

  it('follows the log in color until Ctrl-C', async () => {
    const shown = await type('tail', `direct-logging tail -f 'container_name:="${name}"'`);
    await expect.poll(shown).toMatch(/INFO.* started$/m);
    expect(await shown()).toContain(`${GREEN}INFO`);
    await tmux('send-keys', '-t', 'tail', 'C-c');
    // A command that a signal has ended ends the line for the shell, too.
    await tmux('send-keys', '-t', 'tail', 'echo back', 'Enter');
    await expect.poll(shown).toMatch(/^back$/m);
  });
});
