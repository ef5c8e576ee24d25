import { describe, expect, it } from 'vitest';
import {
  authorization,
  DEFAULT_LOCATION,
  readAddress,
  serverUrl,
} from '../../src/settings/server-url.ts';

describe('serverUrl', () => {
  it.each([
    ['http://h', 'http://h/insert/jsonline', 80],
    ['https://h/', 'https://h/insert/jsonline', 443],
    ['http://h:9428/prefix/', 'http://h:9428/prefix/insert/jsonline', 9428],
    ['http://h:9428/p/insert/jsonline', 'http://h:9428/p/insert/jsonline', 9428],
    ['http://[::1]:9428', 'http://[::1]:9428/insert/jsonline', 9428],
  ])('reads the URL %s', (url, displayUrl, port) => {
    expect(serverUrl.read(url)?.endpoint).toMatchObject({ displayUrl, port });
  });

  it('gives the address of an IPv6 host without its brackets', () => {
    expect(serverUrl.read('http://[::1]:9428')?.endpoint.hostname).toBe('::1');
  });

  it.each([
    ['unix:/run/vl.sock', '/run/vl.sock', '/insert/jsonline'],
    ['unix:///run/vl.sock', '/run/vl.sock', '/insert/jsonline'],
    ['unix:/run/vl.sock:', '/run/vl.sock', '/insert/jsonline'],
    ['unix:/run/vl.sock:/', '/run/vl.sock', '/insert/jsonline'],
    ['unix:/run/vl.sock:/prefix/', '/run/vl.sock', '/prefix/insert/jsonline'],
    ['unix:/run/a:b c.sock:/p/insert/jsonline', '/run/a:b c.sock', '/p/insert/jsonline'],
  ])('reads the unix socket %s', (url, socketPath, path) => {
    expect(serverUrl.read(url)?.endpoint).toEqual({
      protocol: 'http:',
      hostname: 'localhost',
      port: 80,
      socketPath,
      path,
      displayUrl: `unix:${socketPath}:${path}`,
    });
  });

  it('appends its paths to a base URL without a slash at its end and without credentials', () => {
    const { baseUrl, username, password } = serverUrl.read(' http://me:p%40ss@h:1/p// ') ?? {};
    expect({ baseUrl, username, password }).toEqual({
      ...{ baseUrl: 'http://h:1/p', username: 'me', password: 'p@ss' },
    });
  });

  it('keeps credentials that only look encoded', () => {
    expect(serverUrl.read('http://me:100%@h')).toMatchObject({ password: '100%' });
  });

  it('reads its own default', () => {
    expect(serverUrl.read(DEFAULT_LOCATION.baseUrl)).toEqual(DEFAULT_LOCATION);
  });

  it.each([
    [undefined, 'not a string'],
    [7, 'not a string'],
    ['', 'empty'],
    ['   ', 'empty'],
    ['nonsense', 'not a URL'],
    ['ftp://me:secret@h', 'does not begin with http'],
    // What looks like its scheme is the user.
    ['secret:@h:1', 'does not begin with http'],
    ['http://h:1/?debug=1', 'query'],
    ['http://h:1/#a', 'fragment'],
    // Here the password ends at its slash, and what follows would be shown as a path.
    ['http://me:/secret@h:1', '%2F'],
    ['http://me:47\\secret@h:1', '%2F'],
    ['unix:vl.sock', 'unix: must be followed by an absolute path'],
    ['unix:', 'unix: must be followed by an absolute path'],
    [`unix:/${'x'.repeat(107)}`, 'at most 107 bytes'],
    // Bytes count, not characters.
    [`unix:/${'é'.repeat(54)}`, 'at most 107 bytes'],
  ])('refuses %j and says why without the password', (raw, why) => {
    expect(serverUrl.read(raw)).toBeUndefined();
    expect(serverUrl.explain?.(raw)).toContain(why);
    expect(serverUrl.explain?.(raw)).not.toContain('secret');
  });

  it('takes the longest path that a socket can have', () => {
    const path = `/${'x'.repeat(106)}`;
    expect(serverUrl.read(`unix:${path}`)?.endpoint.socketPath).toBe(path);
  });
});

describe('readAddress', () => {
  it.each([
    ['http://h:1/p', { url: 'http://h:1/p', socketPath: '' }],
    ['UNIX:/run/vl.sock:/p', { url: 'http://localhost/p', socketPath: '/run/vl.sock' }],
    ['unix:vl.sock', { url: 'unix:vl.sock', socketPath: '' }],
  ])('reads %s', (text, address) => {
    expect(readAddress(text)).toEqual(address);
  });
});

describe('authorization', () => {
  it.each([
    [['', '', ''], {}],
    [['me', '', ''], { Authorization: `Basic ${btoa('me:')}` }],
    [['', 'p', ''], { Authorization: `Basic ${btoa(':p')}` }],
    [['me', 'p', 't'], { Authorization: 'Bearer t' }],
  ] as const)('of user, password and token %j', ([username, password, token], header) => {
    expect(authorization(username, password, token)).toEqual(header);
  });

  it('encodes as UTF-8', () => {
    const { Authorization = '' } = authorization('é', '😀', '');
    expect(Buffer.from(Authorization.slice(6), 'base64').toString()).toBe('é:😀');
  });
});
