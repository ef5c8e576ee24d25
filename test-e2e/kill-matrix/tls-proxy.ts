/** TLS before the server, with a certificate of its own: a reverse proxy, or the server's own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { undoAtExit } from '../environment/cleanup.ts';
import { runCommand } from '../environment/run-command.ts';
import { freePort } from '../environment/victorialogs-process.ts';

/** A running proxy. */
export interface TlsProxy {
  /** Base URL to use instead of the server's. */
  readonly url: string;
  /** Path of its certificate, for `NODE_EXTRA_CA_CERTS`. */
  readonly certificate: string;
  stop(): Promise<void>;
}

/** Starts one in front of the server at this base URL. Needs the `openssl` command. */
export async function startTlsProxy(serverUrl: string): Promise<TlsProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-tls-'));
  const forget = undoAtExit(() => rmSync(folder, { recursive: true, force: true }));
  const { key, certificate } = await makeCertificate(folder);
  const { hostname, port } = new URL(serverUrl);
  const program = fileURLToPath(new URL('tls-proxy-program.ts', import.meta.url));
  const child = spawn(process.execPath, [program, key, certificate, hostname, port], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [said] = await once(child.stdout, 'data');
  return {
    url: `https://127.0.0.1:${String(said).trim()}`,
    certificate,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
      forget();
    },
  };
}

/** What makes VictoriaLogs listen on a second address, over TLS. */
export interface OwnTls {
  /** Flags of VictoriaLogs. */
  readonly args: readonly string[];
  readonly url: string;
  /** Path of its key. */
  readonly key: string;
  /** Path of its certificate, for `NODE_EXTRA_CA_CERTS`. */
  readonly certificate: string;
  remove(): Promise<void>;
}

/** Chooses a free port and makes a certificate. Needs the `openssl` command. */
export async function ownTlsOptions(): Promise<OwnTls> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-tls-'));
  const forget = undoAtExit(() => rmSync(folder, { recursive: true, force: true }));
  const { key, certificate } = await makeCertificate(folder);
  const address = `127.0.0.1:${await freePort()}`;
  return {
    args: [
      `-httpListenAddr=${address}`,
      // For the first address and for this one.
      '-tls=false,true',
      `-tlsCertFile=,${certificate}`,
      `-tlsKeyFile=,${key}`,
    ],
    url: `https://${address}`,
    key,
    certificate,
    async remove() {
      await rm(folder, { recursive: true, force: true });
      forget();
    },
  };
}

async function makeCertificate(folder: string): Promise<{ key: string; certificate: string }> {
  const key = join(folder, 'key.pem');
  const certificate = join(folder, 'certificate.pem');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', key, '-out', certificate];
  await runCommand('openssl', ['req', '-x509', ...kind, '-days', '2', ...subject, ...files]);
  return { key, certificate };
}
