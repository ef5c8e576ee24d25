/** A function that prints itself, through a child process, and through a worker thread. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

console.log('init');
const running = new Set();
let wake = () => {};

/** Prints, waits until `together` invocations are running, and prints again after each of some turns. */
export async function waits({ name, together }) {
  console.log(`${name} begins`);
  running.add(name);
  wake();
  while (running.size < together) {
    await new Promise((resolve) => {
      const others = wake;
      wake = () => {
        others();
        resolve();
      };
    });
  }
  for (let turn = 1; turn <= 3; turn++) {
    await new Promise(setImmediate);
    process.stdout.write(`${name} turn ${turn}\n`);
  }
  return name;
}

/** Prints through others. */
export async function delegates({ name }) {
  const script = `console.log('child of ${name}')`;
  const child = spawn(process.execPath, ['-e', script], { stdio: 'inherit' });
  await once(child, 'exit');
  const worker = new Worker(new URL('./ids-thread.mjs', import.meta.url), { workerData: name });
  // What the thread prints may arrive behind its end.
  await Promise.all([once(worker, 'exit'), once(worker.stdout, 'end')]);
  return name;
}
