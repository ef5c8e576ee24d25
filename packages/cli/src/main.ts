#!/usr/bin/env node
/** The `direct-logging` command, as `npx` runs it. It imports nothing before it has checked the version of Node. */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) {
  await start();
} else {
  process.exitCode = 2;
  console.error(
    `direct-logging: Node ${process.versions.node} is too old. The command and the preload need 20.19, 22.12 or newer: a program with the preload runs, and ships nothing`,
  );
}

async function start(): Promise<void> {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const { run } = await import('./run.ts');
  const { printerFor } = await import('./print.ts');
  const args = process.argv.slice(2);
  // The preload would ship what the command prints, and tail would print that again.
  if (args[0] !== 'run') withoutPreload();
  process.exitCode = await run(args, {
    env: process.env,
    ...printerFor(process.stdout, process.stderr),
    version,
  });
}

function withoutPreload(): void {
  const key = Symbol.for('@direct-logging/register');
  (globalThis as { [key]?: { unregister(): void } })[key]?.unregister();
}
