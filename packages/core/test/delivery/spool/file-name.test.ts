import { describe, expect, it } from 'vitest';
import {
  destinationOf,
  fileNameOf,
  isSpoolFile,
  parseFileName,
} from '../../../src/delivery/spool/file-name.ts';
import type { Endpoint } from '../../../src/senders/endpoint.ts';

function endpoint(displayUrl: string): Endpoint {
  return { protocol: 'http:', hostname: '', port: 0, socketPath: '', path: '', displayUrl };
}

const HERE = endpoint('http://h:1/insert/jsonline');

describe('the name of a spool file', () => {
  it('says for whom its lines are, and whose they are', () => {
    const name = {
      destination: destinationOf(HERE, {}),
      owner: { space: 'host-1.4026531836', pid: 12, start: '345' },
    };
    const file = fileNameOf(name, 'k3-0');
    expect(file).toMatch(/^[0-9a-f]{16}\.host-1\.4026531836\.12\.345\.k3-0\.spool$/);
    expect(parseFileName(file)).toEqual(name);
    expect(isSpoolFile(file)).toBe(true);
  });

  it('differs for another server, path or tenant, and not for other credentials', () => {
    const destinations = [
      destinationOf(HERE, {}),
      destinationOf(endpoint('http://h:2/insert/jsonline'), {}),
      destinationOf(endpoint('http://h:1/p/insert/jsonline'), {}),
      destinationOf(HERE, { AccountID: '1' }),
      destinationOf(HERE, { ProjectID: '1' }),
      destinationOf(HERE, { AccountID: '1', ProjectID: '1' }),
    ];
    expect(new Set(destinations).size).toBe(destinations.length);
    expect(destinationOf(HERE, { Authorization: 'Bearer t' })).toBe(destinationOf(HERE, {}));
  });

  it.each(['x.spool', 'host.1.2.3.x-0.spool', '0123456789abcdef.host.1.2.3.x-0.txt'])(
    'is not read from %s',
    (file) => expect(parseFileName(file)).toBeUndefined(),
  );
});
