import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const SOURCE = new URL('../../src/process/standard-numbers.ts', import.meta.url).href;

/** Runs a program that closes 0 and 1, and gives what it says. */
function said(program: string): string[] {
  const source = `import fs from 'node:fs';
    import net from 'node:net';
    import { takeStandardNumbers, takeThemWhileConnecting } from '${SOURCE}';
    const say = (...what) => fs.writeSync(2, what.join(' ') + '\\n');
    const openedAs = () => {
      const number = fs.openSync('/dev/zero', 'r');
      fs.closeSync(number);
      return number < 3 ? number : 'another';
    };
    const close = () => [0, 1].forEach((number) => fs.closeSync(number));
    ${program}`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source]);
  return `${stderr}`.trimEnd().split('\n');
}

it('nothing that is opened gets the number of a closed stream, until it is given back', () => {
  const program = `close();
    const giveBack = takeStandardNumbers();
    say(openedAs());
    try { fs.writeSync(1, 'x'); } catch ({ code }) { say(code); }
    giveBack();
    giveBack();
    say(openedAs());`;
  expect(said(program)).toEqual(['another', 'EBADF', '0']);
});

it.each(['127.0.0.1', 'localhost'])('no socket gets it while it connects: %s', (host) => {
  const program = `const server = net.createServer().listen(0, '127.0.0.1', () => {
      close();
      const socket = new net.Socket();
      takeThemWhileConnecting(socket);
      socket.connect({ port: server.address().port, host: '${host}' });
      socket.once('connect', () => {
        say(socket._handle.fd > 2, openedAs());
        process.exit();
      });
    });`;
  expect(said(program)).toEqual(['true 0']);
});

it('a socket that cannot connect gives it back', () => {
  const program = `close();
    const socket = new net.Socket();
    takeThemWhileConnecting(socket);
    socket.connect({ port: 1, host: '127.0.0.1' }).on('error', () => say(openedAs()));
    socket.on('close', () => say(openedAs()));`;
  expect(said(program)).toEqual(['another', '0']);
});
