/** How Node reads `NODE_OPTIONS`. Pure. */

/** One option, or the value of one. */
export interface OptionWord {
  /** Where it begins in the variable, quotes included. */
  readonly start: number;
  /** Where it ends there, quotes included. */
  readonly end: number;
  /** Without the quotes. */
  readonly text: string;
}

/**
 * Splits as Node does: at spaces outside double quotes. Inside them, a backslash takes the next character as it is
 * (https://nodejs.org/api/cli.html#node_optionsoptions).
 */
export function* wordsOfOptions(options: string): Generator<OptionWord> {
  // If its quotes are never closed, a word reaches to the end.
  for (const { 0: word, index } of options.matchAll(/(?:"(?:\\.?|[^"\\])*"?|[^ "])+/gs)) {
    const text = word.replace(/"((?:\\.?|[^"\\])*)"?/gs, (_, inQuotes: string) =>
      inQuotes.replace(/\\(.?)/gs, '$1'),
    );
    yield { start: index, end: index + word.length, text };
  }
}
