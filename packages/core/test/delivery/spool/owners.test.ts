import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isOrphan, lifeOf, thisThread } from '../../../src/delivery/spool/owners.ts';

const OWNER = { space: 'host.1', pid: 5, start: '100' };
const { space } = thisThread();

afterEach(() => vi.restoreAllMocks());

describe('the life of an owner', () => {
  it.each([
    ['gone', OWNER, { isThere: false, start: undefined }, 'nobody has its number'],
    ['running', OWNER, { isThere: true, start: '100' }, 'it was started when the owner was'],
    ['gone', OWNER, { isThere: true, start: '200' }, 'its number was given to another process'],
    ['unknown', OWNER, { isThere: true, start: undefined }, 'nobody can see when it was started'],
    ['unknown', { ...OWNER, start: '0' }, { isThere: true, start: '7' }, 'the owner could not'],
  ] as const)('is "%s" of %j for %j: %s', (life, owner, look, _because) => {
    expect(lifeOf(owner, look)).toBe(life);
  });
});

describe('an orphan', () => {
  it('is no file of a process that runs, however old', () => {
    expect(isOrphan(thisThread(), space, true)).toBe(false);
  });

  it('is an old file of a process that cannot be looked at', () => {
    expect(isOrphan({ ...OWNER, space: 'elsewhere.1' }, space, false)).toBe(false);
    expect(isOrphan({ ...OWNER, space: 'elsewhere.1' }, space, true)).toBe(true);
  });

  it('is the file of a process whose number another user has by now', () => {
    // Where the tests run as root the system would allow the signal.
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    expect(isOrphan({ space, pid: 1, start: '1' }, space, false)).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'is the file of a process that has ended, although its parent took no notice',
    async () => {
      // What the shell has become does not wait for what the shell started.
      const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60']);
      const [pid] = await once(parent.stdout.setEncoding('utf8'), 'data');
      const stat = () => fs.readFileSync(`/proc/${Number(pid)}/stat`, 'latin1').split(' ');
      const start = stat()[21] as string;
      await vi.waitFor(() => expect(stat()[2]).toBe('Z'));
      expect(isOrphan({ space, pid: Number(pid), start }, space, false)).toBe(true);
      parent.kill('SIGKILL');
    },
  );
});
