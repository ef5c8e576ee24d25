/** Which of a server's connections can be used, and what the others are doing. */
import type { BlockRange } from '../block.ts';
import { IdleTimeout } from '../idle-timeout.ts';
import type { Connection } from './connection.ts';
import { STALE_AFTER_MS } from './renewal.ts';
import { takeFrom } from './take-from.ts';

/** The connections to one server. Of those that may have died without a sign, nothing is asked but the answer that they owe. */
export class Connections {
  /** In the order in which they were made. Another list at each change: who goes through one may change it. */
  every: readonly Connection[] = [];
  isClosed = false;
  readonly idleTimeout = new IdleTimeout();
  /** Session tickets of the one that was answered last. */
  tickets = 0;

  /** Those that work, as far as anybody knows. */
  get trusted(): Connection[] {
    return this.every.filter(({ doubt }) => doubt === undefined);
  }

  get idle(): Connection[] {
    return this.every.filter(({ phase }) => phase === 'idle');
  }

  /** Whether the next line finds a connection. */
  get isReady(): boolean {
    return this.idle.length > 0;
  }

  /** The number of those that may have died without a sign. */
  get silent(): number {
    return this.every.length - this.trusted.length;
  }

  /** Bytes of lines that trusted connections carry. */
  get bytesInFlight(): number {
    return this.trusted.reduce((sum, { request }) => sum + request.bytes, 0);
  }

  /** Whether some may have died without a sign, and it can be seen if they have not. */
  get isSilent(): boolean {
    return this.silent > 0 && !this.isBlind;
  }

  /** Whether only the event loop learns what the server says. */
  get isBlind(): boolean {
    return this.every.some(({ descriptor }) => descriptor.isBlind);
  }

  /** Lines that connections carry and the kernel has not yet taken. */
  get untakenLines(): number {
    return this.every.reduce((sum, { untakenLines }) => sum + untakenLines, 0);
  }

  hasIdle(beside: Connection): boolean {
    for (const other of this.every) if (other.phase === 'idle' && other !== beside) return true;
    return false;
  }

  /** Whether an answer has been awaited since this moment or longer. */
  awaitsSince(moment: number): boolean {
    return this.trusted.some(({ phase, since }) => phase === 'awaiting' && since <= moment);
  }

  /** The idle one that was used last and is still there: the server is the least likely to close it at this moment. */
  youngest(now: number): Connection | undefined {
    for (const connection of this.idle.sort((a, b) => b.since - a.since)) {
      if (now - connection.since >= STALE_AFTER_MS) connection.end();
      else connection.poll();
      if (connection.phase === 'idle') return connection;
    }
    return undefined;
  }

  /** Ends idle ones that were last used before this moment. */
  endOlderThan(moment: number): void {
    for (const other of this.idle) if (other.used && other.since < moment) other.end();
  }

  /** Looks for answers and new connections, however often. Returns what silent ones give up. */
  poll(now: number): BlockRange[] {
    const given: BlockRange[] = [];
    for (const connection of this.every) {
      const { phase } = connection;
      if (phase === 'awaiting' || phase === 'connecting') connection.poll();
      const repeated = connection.doubt?.due(now);
      if (repeated) given.push(...takeFrom(connection, repeated));
    }
    return given;
  }

  /** Gives up all connections, since our own code has failed. */
  fail(reason: string): void {
    for (const connection of this.every) connection.destroy(reason);
  }

  close(): void {
    this.isClosed = true;
    const { every } = this;
    for (const connection of every) connection.end();
    // If a full stack interrupted the end of a connection, it still has its lines.
    for (const connection of every) connection.tellClosed('');
  }
}
