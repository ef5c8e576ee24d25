#!/usr/bin/env node
/** The `direct-logging` command, as `npx` runs it. */
import { run } from './run.ts';

const print = (text: string): void => void process.stdout.write(text);
const printError = (text: string): void => void process.stderr.write(text);

// Who reads only the first lines, as head does, closes the pipe.
process.stdout.on('error', () => {});
process.exitCode = await run(process.argv.slice(2), { env: process.env, print, printError });
