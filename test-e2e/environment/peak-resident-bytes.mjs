import { readFileSync } from 'node:fs';
import { resourceUsage } from 'node:process';

/**
 * The most memory that this process has had resident, in bytes.
 *
 * `maxRSS` starts with what the parent had when it made the process, since Linux keeps it over exec:
 * https://github.com/torvalds/linux/blob/master/fs/exec.c (`setmax_mm_hiwater_rss`)
 */
export function peakResidentBytes() {
  if (process.platform !== 'linux') return resourceUsage().maxRSS * 1024;
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'));
  return Number(kilobytes) * 1024;
}
