/** What users put between a program and VictoriaLogs, started as its documentation says: nginx, HAProxy, vmauth, vlagent, a cluster. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { undoAtExit } from '../environment/cleanup.ts';
import { installDebianPackagesInCi } from '../environment/debian.ts';
import { sayMissing } from '../environment/missing.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { commandWorks } from '../environment/run-command.ts';
import { vlagentProgram, vmauthProgram } from '../environment/victoria-programs.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { freePort } from '../environment/victorialogs-process.ts';

/** A running arrangement. */
export interface InBetween {
  /** Where programs send their lines. */
  readonly url: string;
  /** Where queries go. */
  readonly queries: VictoriaLogs;
  /** What can be stopped and started meanwhile. */
  readonly storage: VictoriaLogs;
  /** Sends a signal to what stands in between, where that is one program. */
  signal?(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Paths of what a server needs for TLS. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

/** Starts one. Throws, saying why, where it is not to be had. */
export type StartInBetween = () => Promise<InBetween>;

const START_TIMEOUT_MS = 60_000;

/** Whether nginx can be started here. Where it can't, that is said. */
export async function hasNginx(): Promise<boolean> {
  try {
    await ensureNginx();
    return true;
  } catch (error) {
    sayMissing('Tests with nginx are skipped', error instanceof Error ? error.message : '');
    return false;
  }
}

/** nginx with these settings beside those of its package. */
export const nginx = (settings: string, tls?: KeyAndCertificate) => (): Promise<InBetween> =>
  inFrontOfOne(async (server, folder, port) => {
    await ensureNginx();
    const config = join(folder, 'nginx.conf');
    await writeFile(config, nginxConfig(server.url, folder, port, settings, tls));
    return ['nginx', ['-p', folder, '-c', config, '-e', join(folder, 'error.log')]];
  }, tls);

/** nginx that passes on what is in the connection, and does not look into it. */
export const nginxStream = (tls?: KeyAndCertificate): Promise<InBetween> =>
  inFrontOfOne(async (server, folder, port) => {
    await ensureNginx();
    const config = join(folder, 'nginx.conf');
    await writeFile(config, nginxStreamConfig(server.url, folder, port, tls));
    return ['nginx', ['-p', folder, '-c', config, '-e', join(folder, 'error.log')]];
  }, tls);

/** HAProxy. In `tcp` mode it passes on what is in the connection, in `http` mode it reads requests. */
export const haproxy = (mode: 'http' | 'tcp') => (): Promise<InBetween> =>
  inFrontOfOne(async (server, folder, port) => {
    await ensureInstalled('haproxy', ['haproxy']);
    const config = join(folder, 'haproxy.cfg');
    await writeFile(config, haproxyConfig(server.url, port, mode));
    return ['haproxy', ['-db', '-f', config]];
  });

/** What vmauth needs to pass requests on as they come. By default it collects up to 32 KiB of each. */
const AS_THEY_COME = ['-requestBufferSize=0', '-maxRequestBodySizeToRetry=0'];

/** vmauth with one user who needs no password. */
export const vmauth = (
  tls?: KeyAndCertificate,
  flags: readonly string[] = AS_THEY_COME,
): Promise<InBetween> =>
  inFrontOfOne(async (server, folder, port) => {
    const config = join(folder, 'auth.yml');
    await writeFile(config, `unauthorized_user:\n  url_prefix: ${server.url}\n`);
    const binary = await vmauthProgram();
    const secure =
      tls === undefined
        ? []
        : ['-tls', `-tlsCertFile=${tls.certificate}`, `-tlsKeyFile=${tls.key}`];
    return [
      binary,
      [`-auth.config=${config}`, `-httpListenAddr=127.0.0.1:${port}`, ...flags, ...secure],
    ];
  }, tls);

/** vlagent, which answers once it has the lines itself and passes them on. */
export const vlagent: StartInBetween = () =>
  inFrontOfOne(async (server, folder, port) => [
    await vlagentProgram(),
    [
      `-remoteWrite.url=${server.url}/insert/native`,
      `-tmpDataPath=${folder}`,
      `-httpListenAddr=127.0.0.1:${port}`,
    ],
  ]);

/** A cluster: VictoriaLogs as insert and select node in front of two that store. */
export const cluster: StartInBetween = async () => {
  const [first, second] = await Promise.all([startOwn(), startOwn()]);
  const nodes = [first, second].map(
    ({ containerUrl, url }) => `-storageNode=${new URL(containerUrl ?? url).host}`,
  );
  const front = await startOwn(nodes);
  return {
    url: front.url,
    queries: front,
    storage: first,
    async stop() {
      for (const server of [front, first, second]) await server.stop({ signal: 'SIGKILL' });
    },
  };
};

function startOwn(args: readonly string[] = []): Promise<VictoriaLogs> {
  return startVictoriaLogs({ own: true, args, say: () => {} });
}

type Command = readonly [command: string, args: readonly string[]];

async function inFrontOfOne(
  commandFor: (server: VictoriaLogs, folder: string, port: number) => Promise<Command>,
  tls?: KeyAndCertificate,
): Promise<InBetween> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-between-'));
  const port = await freePort();
  const server = await startOwn();
  try {
    const { signal, end } = await startProgram(...(await commandFor(server, folder, port)), port);
    const stop = async (): Promise<void> => {
      await end();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    };
    return {
      url: `http${tls ? 's' : ''}://127.0.0.1:${port}`,
      queries: server,
      storage: server,
      signal,
      stop,
    };
  } catch (error) {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startProgram(
  command: string,
  args: readonly string[],
  port: number,
): Promise<{ signal: (name: NodeJS.Signals) => void; end: () => Promise<void> }> {
  const child = spawn(command, args, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const forget = undoAtExit(() => child.kill('SIGKILL'));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isListening(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${command} did not start.`);
    }
    await sleep(20);
  }
  const end = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    forget();
  };
  return { signal: (name) => void child.kill(name), end };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const event = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return event;
}

function ensureNginx(): Promise<void> {
  return ensureInstalled('nginx', ['nginx-light', 'libnginx-mod-stream']);
}

async function ensureInstalled(command: string, packages: readonly string[]): Promise<void> {
  if (!(await commandWorks(command, ['-v'])))
    await installDebianPackagesInCi(packages, sayOnStderr);
}

function haproxyConfig(url: string, port: number, mode: string): string {
  return `defaults
  mode ${mode}
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen logs
  bind 127.0.0.1:${port}
  server victorialogs ${new URL(url).host}
`;
}

function nginxStreamConfig(
  url: string,
  folder: string,
  port: number,
  tls: KeyAndCertificate | undefined,
): string {
  // Debian has it as a module, others have built it in.
  const modules = '/usr/lib/nginx/modules/ngx_stream_module.so';
  const load = existsSync(modules) ? `load_module ${modules};` : '';
  return `${load}
daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
events {}
stream {
  server {
    listen 127.0.0.1:${port}${tls ? ' ssl' : ''};
    ${tls ? sslSettings(tls) : ''}
    proxy_pass ${new URL(url).host};
  }
}
`;
}

function sslSettings({ key, certificate }: KeyAndCertificate): string {
  return [
    `ssl_certificate ${certificate};`,
    `ssl_certificate_key ${key};`,
    'ssl_protocols TLSv1.2 TLSv1.3;',
  ].join('\n    ');
}

function nginxConfig(
  url: string,
  folder: string,
  port: number,
  settings: string,
  tls: KeyAndCertificate | undefined,
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join('\n  ');
  return `daemon off;
master_process off;
pid ${join(folder, 'nginx.pid')};
events {}
http {
  access_log off;
  ${temporary}
  server {
    listen 127.0.0.1:${port}${tls ? ' ssl' : ''};
    ${tls ? sslSettings(tls) : ''}
    location / {
      proxy_pass ${url};
      proxy_http_version 1.1;
      ${settings}
    }
  }
}
`;
}
