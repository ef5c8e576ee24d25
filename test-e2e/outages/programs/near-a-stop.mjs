// Logs in the way its argument says; at SIGUSR2 it is frozen or blocked right after a line, at SIGTERM it ends.
import { writeFileSync } from 'node:fs';

const [, , way] = process.argv;
const { LINES_AT_ONCE = '1', REPORT } = process.env;
let written = 0;

const ways = {
  steady: () => setInterval(log, 3, 1),
  bursts: () => setInterval(log, 250, 300),
  idle: () => {
    log(1);
    setInterval(() => {}, 60_000);
  },
  frozen: () => atSignal(() => process.kill(process.pid, 'SIGSTOP')),
  blocked: () =>
    atSignal(() => {
      // It ends by itself in case the test is killed before it can do it.
      for (const startedAt = Date.now(); Date.now() - startedAt < 30_000; );
      process.exit(1);
    }),
};

process.on('SIGTERM', () => process.exit(0));
process.on('exit', report);
ways[way]();
report();

function atSignal(act) {
  setInterval(() => {}, 60_000);
  process.on('SIGUSR2', () => {
    // What was written before the act, since a blocked program tells nothing any more.
    written += Number(LINES_AT_ONCE);
    report();
    written -= Number(LINES_AT_ONCE);
    log(Number(LINES_AT_ONCE));
    act();
  });
}

function log(lines) {
  for (let line = 0; line < lines; line++) console.log(`${way} ${++written}`);
}

function report() {
  writeFileSync(REPORT, JSON.stringify({ written }));
}
