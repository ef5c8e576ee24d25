// Logs in the way its argument says; at SIGUSR2 it is frozen or blocked after a line or a burst, at SIGTERM it ends.
import { writeFileSync } from 'node:fs';

const [, , way] = process.argv;
const { REPORT } = process.env;
const BURST = 100;
/** Longer than a request is left open after a burst, if the bursts are few. */
const LATER_MS = 50;
let written = 0;

const ways = {
  steady: () => setInterval(log, 3, 1),
  bursts: () => setInterval(log, 250, 300),
  idle: () => {
    log(1);
    setInterval(() => {}, 60_000);
  },
  frozen: () => atSignal(1, freeze),
  'frozen after a burst': () => atSignal(BURST, () => setTimeout(freeze, LATER_MS)),
  'frozen within a burst': () => atSignal(BURST, freeze),
  blocked: () => atSignal(1, block),
  'blocked after a burst': () => atSignal(BURST, () => setTimeout(block, LATER_MS)),
};

process.on('SIGTERM', () => process.exit(0));
process.on('exit', report);
ways[way]();
report();

function atSignal(lines, act) {
  setInterval(() => {}, 60_000);
  process.on('SIGUSR2', () => {
    log(lines);
    // Before the act, since a blocked program tells nothing any more.
    report();
    act();
  });
}

function freeze() {
  process.kill(process.pid, 'SIGSTOP');
}

function block() {
  // It ends by itself in case the test is killed before it can do it.
  for (const startedAt = Date.now(); Date.now() - startedAt < 30_000; );
  process.exit(1);
}

function log(lines) {
  for (let line = 0; line < lines; line++) console.log(`${way} ${++written}`);
}

function report() {
  writeFileSync(REPORT, JSON.stringify({ written }));
}
