/** Runs a command with a Docker engine answering, started for it where there is none, and stopped in the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { undoAtExit } from './environment/cleanup.ts';
import { type Engine, startEngine } from './environment/engine.ts';
import { ensureVictoriaLogsImage } from './environment/images.ts';
import { sayOnStderr as say } from './environment/progress.ts';
import { startVictoriaLogs } from './environment/victorialogs.ts';

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  say('Usage: node test-e2e/with-engine.ts command [arguments]');
  process.exit(2);
}
const engine = await usableEngine().catch((error: Error) => {
  say(`Without containers: ${error.message}`);
  return undefined;
});
const child = spawn(command, args, { stdio: 'inherit' });
undoAtExit(() => child.kill('SIGTERM'));
const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
await engine?.stop();
process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);

/** Throws where there can be none, or where its containers cannot be reached. */
async function usableEngine(): Promise<Engine> {
  const started = await startEngine(say);
  try {
    if (await ensureVictoriaLogsImage({ say, mayBuild: true })) {
      await (await startVictoriaLogs({ prefer: 'container', say: () => {} })).stop();
    }
    return started;
  } catch (error) {
    await started.stop();
    throw error;
  }
}
