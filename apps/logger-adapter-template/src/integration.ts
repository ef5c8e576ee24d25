/** Attachment without code: the lines of every Chatter are intercepted where it writes them. */
import {
  type Integration,
  type IntegrationHost,
  type Level,
  LoggerLine,
  replaceMethod,
  watchFiles,
} from '@direct-logging/core';
import type { Chatter } from './chatter.ts';

const LEVELS: Readonly<Record<string, Level>> = { hush: 'DEBUG', talk: 'INFO', shout: 'ERROR' };

/** The capture ships what is printed, and learns from here which logger a line comes from. Lines for files are shipped here. */
export function chatterIntegration(Class: typeof Chatter): Integration {
  return { name: 'chatter', install: (host) => install(Class, host) };
}

function install({ prototype }: typeof Chatter, host: IntegrationHost) {
  const { printing } = host;
  // On the prototype: a patch that the application puts on an object goes on top, and we see what it lets through.
  const undo = replaceMethod(prototype, 'hand', (original) => {
    return function (this: Chatter, loudness: string, line: string): unknown {
      const outer = printing.line;
      const level = LEVELS[loudness];
      // The transport finds the time and ids in JSON by their usual names. `keys` tells which parts have other names.
      const keys = { message: 'said' };
      const toInput: LoggerLine['facts']['toInput'] = (text, stream) => {
        return { text, logger: this.name, level, keys, stream };
      };
      printing.line = new LoggerLine(host, { text: line, logger: this, toInput });
      try {
        return original.call(this, loudness, line);
      } finally {
        printing.line = outer;
      }
    };
  });
  const unwatch = watchFiles(host);
  return () => {
    unwatch();
    undo();
  };
}
