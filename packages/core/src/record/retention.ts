/** How long a server keeps lines. Pure. */

export const HOUR_MS = 3_600_000;
/** The shortest retention that VictoriaLogs takes. */
export const DAY_MS: number = 24 * HOUR_MS;
/** VictoriaLogs' own default. */
export const DEFAULT_RETENTION_MS: number = 7 * DAY_MS;
