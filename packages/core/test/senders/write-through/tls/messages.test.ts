import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MessageReader } from '../../../../src/senders/write-through/tls/messages.ts';

it('finds the ends of messages, in whatever pieces they come', () => {
  const message = fc.record({
    type: fc.integer({ min: 0, max: 255 }),
    length: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(message), fc.integer({ min: 1, max: 500 }), (messages, piece) => {
      const bytes = Buffer.concat(
        messages.flatMap(({ type, length }) => [
          Buffer.from([type, 0, length >> 8, length & 255]),
          Buffer.alloc(length, 20),
        ]),
      );
      const reader = new MessageReader();
      const types: number[] = [];
      for (let at = 0; at < bytes.length; at += piece) {
        types.push(...reader.ended(bytes.subarray(at, at + piece)).map(({ type }) => type));
      }
      expect(types).toEqual(messages.map(({ type }) => type));
      expect(reader.isWithin).toBe(false);
    }),
  );
});
