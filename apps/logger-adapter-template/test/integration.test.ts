import { createWriteStream } from 'node:fs';
import { type LogInput, PrintTracker, type Transport } from '@direct-logging/core';
import { stdoutHook } from '@direct-logging/stdout-hook';
import { expect, test } from 'vitest';
import { Chatter } from '../src/chatter.ts';
import { chatterIntegration } from '../src/integration.ts';

test('each line is one record as it was printed or filed, and a redacted secret is in none', () => {
  const inputs: LogInput[] = [];
  const transport = { loggers: 'all', write: (input: LogInput) => inputs.push(input) };
  const printing = new PrintTracker();
  const host = { transport: transport as unknown as Transport, env: {}, isMainThread: true };
  const undos = [stdoutHook(), chatterIntegration(Chatter)].map((integration) =>
    integration.install({ ...host, role: 'full', printing }),
  );

  new Chatter('shop').say('shout', 'printed');
  const redacted = new Chatter('shop');
  redacted.hand = (loudness, line) =>
    Chatter.prototype.hand.call(redacted, loudness, line.replace('4111', '***'));
  redacted.say('talk', 'card=4111');
  new Chatter('own', { write: () => {} }).say('talk', 'dropped');
  new Chatter('files', createWriteStream('/dev/null')).say('hush', 'filed');
  for (const undo of undos) undo();

  expect(inputs).toMatchObject([
    { text: '{"loudness":"shout","said":"printed"}', logger: 'shop', level: 'ERROR' },
    { text: '{"loudness":"talk","said":"card=***"}', logger: 'shop', stream: 'stdout' },
    { text: '{"loudness":"hush","said":"filed"}', logger: 'files', stream: undefined },
  ]);
});
