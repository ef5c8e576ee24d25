/** Alerts (RFC 8446, section 6). */

/** Those that we send. */
export const ALERT = {
  closeNotify: 0,
  unexpectedMessage: 10,
  badRecordMac: 20,
  recordOverflow: 22,
  illegalParameter: 47,
  decodeError: 50,
  internalError: 80,
} as const;

/** A violation of the protocol, with the alert that tells the other end. */
export class TlsError extends Error {
  readonly alert: number;

  constructor(alert: number, message: string) {
    super(message);
    this.alert = alert;
  }
}

/** The body of an alert. Only the end without an error is a warning; section 6. */
export function alertBody(alert: number): Buffer {
  return Buffer.from([alert === ALERT.closeNotify ? 1 : 2, alert]);
}
