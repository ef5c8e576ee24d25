/** `npm run recording`: runs the demo on a terminal of its own, and draws what appears there, when it appears. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { drawRecording, type TimedText } from './draw-recording.ts';

const PICTURE = fileURLToPath(new URL('../../docs/images/demo.svg', import.meta.url));
const DEMO = fileURLToPath(new URL('demo.ts', import.meta.url));
/** What follows needs a Docker engine, which the machine of a recording may not have. */
const END = 'The same in a container';
const COLUMNS = 96;

await writeFile(PICTURE, drawRecording(await recorded()));
console.log(PICTURE);

/** `script` gives the demo a terminal, so that it prints in colors, and takes its time. */
async function recorded(): Promise<TimedText[]> {
  const command = `stty cols ${COLUMNS}; exec "${process.execPath}" "${DEMO}"`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', FORCE_COLOR: '1' },
  });
  const startedAt = performance.now();
  const parts: TimedText[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    parts.push({ atMs: performance.now() - startedAt, text: text.replaceAll(homedir(), '~') });
    if (text.includes('Any key')) child.stdin.write('q');
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the demo ended with status ${code}`);
  const end = parts.findIndex(({ text }) => text.includes(END));
  const last = parts[end];
  if (last === undefined) return parts;
  return [...parts.slice(0, end), { ...last, text: last.text.slice(0, last.text.indexOf(END)) }];
}
