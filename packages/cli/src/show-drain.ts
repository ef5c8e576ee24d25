/** What became of a spool, in a sentence or two. Pure. */
import type { DrainResult } from '@direct-logging/core';

export function showDrain(result: DrainResult): string {
  const { files, delivered, guessed, truncated, refused, left, untaken, others } = result;
  // The lines of a file that was not read are not counted.
  const lines = [
    `${counted(files, 'file')}: ${counted(delivered, 'line')} ${guessed > 0 ? 'sent' : 'delivered'}, ${truncated} truncated, ${Number.isFinite(left) ? left : 'some'} left.`,
    guessed > 0 &&
      `${counted(guessed, 'line')} got the present time, with their own in _time_extracted: the server does not tell how long it keeps lines, so that it might have dropped them. VICTORIALOGS_RETENTION can say it.`,
    truncated > 0 &&
      'Truncated lines were written in part when their process or the machine died; they are lost.',
    refused > 0 && `${counted(refused, 'line')} the server does not take; they are lost.`,
    left > 0 && 'What is left stays in the directory: the server did not take it in time.',
    untaken > 0 &&
      `${counted(untaken, 'file')} could not be taken over: of another user, linked, or too large. Run this as the user who owns the directory.`,
    others > 0 &&
      `${counted(others, 'file')} for another server or tenant, or with a name that is not ours: left alone (--all delivers them, too).`,
  ];
  return lines.map((line) => (line === false ? '' : `${line}\n`)).join('');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
