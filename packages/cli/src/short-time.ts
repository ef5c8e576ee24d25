/** Times as people read them. Pure. */

/** To the millisecond: `2026-01-31 12:34:56.789`. The server leaves out zeros at the end. */
export function shortTime(time: string): string {
  const [, day = time, seconds = '', fraction = ''] =
    /^([\d-]+)T([\d:]+)(?:\.(\d{1,3}))?/.exec(time) ?? [];
  return seconds === '' ? day : `${day} ${seconds}.${fraction.padEnd(3, '0')}`;
}
