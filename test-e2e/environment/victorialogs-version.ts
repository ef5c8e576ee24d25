/** The one place that names the VictoriaLogs that demo and tests run against. */

export const VICTORIALOGS_VERSION = 'v1.52.1';

/** Its official image. */
export const VICTORIALOGS_IMAGE: string = `victoriametrics/victoria-logs:${VICTORIALOGS_VERSION}`;

/** Its Go program. */
export const VICTORIALOGS_GO_PROGRAM: string = `github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs@${VICTORIALOGS_VERSION}`;
