/** Runs a command with a Docker engine answering, started for it where there is none, and stopped in the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { undoAtExit } from './environment/cleanup.ts';
import { startEngine } from './environment/engine.ts';
import { sayOnStderr as say } from './environment/progress.ts';

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  say('Usage: node test-e2e/with-engine.ts command [arguments]');
  process.exit(2);
}
const engine = await startEngine(say).catch((error: Error) => {
  say(`Without containers: ${error.message}`);
  return undefined;
});
const child = spawn(command, args, { stdio: 'inherit' });
undoAtExit(() => child.kill('SIGTERM'));
const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
await engine?.stop();
process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);
