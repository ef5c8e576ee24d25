import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const SIGNALS = new URL('../../src/process/signals.ts', import.meta.url).href;

it.each([
  ['acts if nobody else listens', '', 'SIGTERM', 'acted'],
  ['does not if another one listens', "process.on('SIGTERM', () => process.exit(0));", null, ''],
  [
    'acts if another one has listened',
    "const other = () => {}; process.on('SIGTERM', other); process.off('SIGTERM', other);",
    'SIGTERM',
    'acted',
  ],
])('at a signal: %s', (_, other, signal, printed) => {
  const program = `import { takeSignalsWhileAlone } from '${SIGNALS}';
    takeSignalsWhileAlone(() => process.stdout.write('acted'));
    ${other}
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => {}, 60_000);`;
  const args = ['--input-type=module', '-e', program];
  const ended = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect({ signal: ended.signal, printed: ended.stdout }).toEqual({ signal, printed });
});
