/** What `VICTORIALOGS_DEBUG` shows at the start and at the end. @lazy */
import type { TransportStats } from './delivery/stats.ts';
import type { Settings, Sources } from './options.ts';
import { attempt } from './process/guard.ts';
import { LEVELS } from './record/record.ts';
import { show } from './settings/show.ts';

/** The settings that have a value in one readable line, without credentials, each with its source unless it is a default. */
export function showSettings(settings: Settings, sources: Sources): string {
  const { endpoint, levelThreshold, headers, streamFields, ...others } = settings;
  const shown = {
    url: endpoint.displayUrl,
    credentials: attempt(() => headers.Authorization?.split(' ')[0]) ?? 'none',
    level: LEVELS[levelThreshold] ?? 'OFF',
    streamFields: streamFields.join(),
    ...others,
    // A path may be the credential itself, by mistake.
    ...{ passwordFile: '', bearerTokenFile: '' },
    redact: settings.redact === undefined ? 'off' : 'on',
  };
  const from: Readonly<Record<string, string | undefined>> = {
    ...sources,
    credentials:
      sources.bearerToken ??
      sources.bearerTokenFile ??
      sources.username ??
      sources.password ??
      sources.passwordFile,
  };
  const { isMainThread, threadId } = process.getBuiltinModule('node:worker_threads');
  const thread = isMainThread ? '' : `, thread ${threadId}`;
  const where = `process ${process.pid}${thread}, Node ${process.versions.node}`;
  return `${where}, ${Object.entries(shown)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => {
      const text = typeof value === 'string' ? value : show(value);
      return `${name}=${text}${from[name] === undefined ? '' : ` (${from[name]})`}`;
    })
    .join(' ')}`;
}

export function showStats(stats: TransportStats): string {
  const { written, delivered, dropped, queued, resent, spooled } = stats;
  const reasons = Object.entries(dropped).map(([reason, count]) => `${count} ${reason}`);
  const counts = [
    `${written} records written`,
    `${delivered} delivered`,
    `${queued} not delivered`,
  ];
  if (spooled > 0) counts.push(`${spooled} in the spool`);
  if (resent > 0) counts.push(`${resent} sent again`);
  if (reasons.length > 0) counts.push(`dropped: ${reasons.join(', ')}`);
  return counts.join(', ');
}
