/** Scripts that let a shell complete the command, made from the table of commands. Pure. */

import { CommandError } from './command-error.ts';
import { COMMANDS } from './commands.ts';

/**
 * The script for a shell.
 * @throws CommandError for a shell other than bash and zsh.
 */
export function completionFor(shell: string | undefined): string {
  if (shell === 'bash') return BASH;
  if (shell === 'zsh') return ZSH + BASH;
  throw new CommandError(`expected bash or zsh, got ${JSON.stringify(shell ?? '')}`);
}

/** zsh can run bash's completion. If its startup files have not loaded its own completion, the script does. */
const ZSH = `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
autoload -Uz bashcompinit && bashcompinit
`;

const LEVELS = 'trace debug info warn error fatal';
const CASES = Object.entries(COMMANDS).map(
  ([name, { options }]) =>
    `    ${name}) words="${Object.keys(options)
      .map((option) => `--${option}`)
      .join(' ')}${name === 'completion' ? ' bash zsh' : ''}" ;;`,
);
const BASH = `_direct_logging() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  case "\${COMP_WORDS[1]}" in
${CASES.join('\n')}
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="${Object.keys(COMMANDS).join(' ')} --help --version"
  [ "$previous" = --level ] && words="${LEVELS}"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _direct_logging direct-logging
`;
