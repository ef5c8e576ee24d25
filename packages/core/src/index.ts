/** The transport that delivers log records to VictoriaLogs. */

export { retentionIn } from './delivery/spool/server-retention.ts';
export { type DrainOptions, type DrainResult, drainSpool } from './drain-spool.ts';
export { classIntegration } from './integrations/class-integration.ts';
export type { Integration, IntegrationHost } from './integrations/integration.ts';
export { LineCutter } from './integrations/line-cutter.ts';
export * from './integrations/logger-line.ts';
export * from './integrations/print-tracker.ts';
export { SharedLines, sharedLines } from './integrations/shared-lines.ts';
export { watchAssigned } from './integrations/watch-assigned.ts';
export * from './integrations/watch-files.ts';
export { isSwitchedOn, type NamedServer, namedServer } from './options.ts';
export { bareOptions } from './process/bare-options.ts';
export { asPrinted, type WarningCode } from './process/emit-warning.ts';
export { isExiting } from './process/ending.ts';
export { otherThreads, rest } from './process/exit.ts';
export { attempt, type Failed, guarded } from './process/guard.ts';
export { harmless, numbered } from './process/harmless.ts';
export { handlesErrors, listenFirst } from './process/listener-limit.ts';
export { type OptionWord, wordsOfOptions } from './process/node-options.ts';
export { inOwnContext, keepContext } from './process/own-context.ts';
export { OWN_THREAD } from './process/own-thread.ts';
export { nameIn } from './process/package-name.ts';
export { PM2_CONTAINER } from './process/pm2.ts';
export * from './process/private-files.ts';
export { isRunning, processSpace } from './process/process-space.ts';
export { randomId } from './process/random.ts';
export * from './process/replace-method.ts';
export { readSmallFile } from './process/small-file.ts';
export * from './process/thread-lines.ts';
export { afterThisRun } from './process/timers.ts';
export {
  debug,
  enableDebug,
  isOwnWarning,
  warn,
  writeRaw,
} from './process/warn.ts';
export { watchChannel } from './process/watch-channel.ts';
export { withoutCredentials } from './process/without-secrets.ts';
export { withRelated } from './record/error-to-fields.ts';
export { stripEscapes } from './record/escapes.ts';
export { findText } from './record/find-text.ts';
export { isError } from './record/is-error.ts';
export { parseJson } from './record/json-line.ts';
export { levelNamed, type Translation } from './record/level.ts';
export { parseRetention } from './record/parse-retention.ts';
export * from './record/record.ts';
export { DAY_MS, DEFAULT_RETENTION_MS } from './record/retention.ts';
export { headsFrames, leadingLevel } from './record/text-level.ts';
export { translateLevel } from './record/translate-level.ts';
export { environmentFor } from './settings/for-server.ts';
export type { Kind } from './settings/kinds.ts';
export { ownOptions } from './settings/own-options.ts';
export { type Address, readAddress } from './settings/server-url.ts';
export { allSettings, type Setting, type TransportOptions } from './settings/table.ts';
export * from './transport.ts';
export { type UnderstoodSettings, understoodSettings } from './understood-settings.ts';
