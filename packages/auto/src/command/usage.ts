/** What `--help` prints. */

/** Several lines, each ended by a newline. */
export const USAGE = `Usage: direct-logging audit [--query LOGSQL] [--since 1h] [--json]
       direct-logging drain [--dir DIR] [--timeout 30s] [--all]

audit  Shows for every process that wrote something how many lines it wrote, and which of them are missing in
       VictoriaLogs or stored twice.
  --query LOGSQL   only processes that wrote a line which this filter (no pipes) matches
  --since 1h       only processes that wrote a line in this time before now, and their lines in it
  --json           prints the report as JSON

drain  Delivers what processes that are gone have left in a spool directory for the same server and tenant.
  --dir DIR        the directory; default: VICTORIALOGS_SPOOL_DIR
  --timeout 30s    how long to try
  --all            delivers files for other servers and tenants, too: for a server that has moved

The server, its credentials and the tenant come from the environment: VICTORIALOGS_URL and so on.
Exit status: 0 nothing is missing, or left; 1 something is, or was refused; 2 wrong usage, no server, or nothing to audit.
`;
