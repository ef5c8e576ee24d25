/** Logs so many lines at an even rate, or as fast as it can, and says what a call took: arguments are lines and lines a second. */
import { writeSync } from 'node:fs';

const [lines = 1000, perSecond = 0] = process.argv.slice(2).map(Number);
const text = 'x'.repeat(150);
const start = performance.now();
const before = process.cpuUsage();
for (let line = 0; line < lines; line++) {
  console.log(text);
  const due = perSecond > 0 ? start + ((line + 1) * 1000) / perSecond : 0;
  if (due > performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, due - performance.now())));
  } else if (line % 100 === 99) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const { user, system } = process.cpuUsage(before);
writeSync(2, JSON.stringify({ cpuMicroseconds: (user + system) / lines }));
