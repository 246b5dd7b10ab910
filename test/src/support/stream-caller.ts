/**
 * Sends a gigabyte through a conversation and reads it back, with pauses: `stream-caller BROKERS NAMESPACE BYTES`.
 * Says what came of it with a message to its parent.
 */
import { createChannel } from '@wherry/client';
import type { Message } from '../gen/echo.js';
import { message, unary } from './echo.js';
import { clientOf } from './harness.js';

/** How long a pause is: many times as long as everything that may be sent takes. */
const PAUSE_MS = 300;
const MESSAGE_BYTES = 65_536;

const [brokers, namespace, wanted] = process.argv.slice(2);
if (brokers === undefined || namespace === undefined) throw new Error('usage: stream-caller BROKERS NAMESPACE BYTES');
const count = Math.ceil(Number(wanted) / MESSAGE_BYTES);
const channel = await createChannel({ brokers, namespace });
process.once('disconnect', () => void channel.close());
const client = clientOf(channel);
await unary(client, {});
process.send?.({ inbox: channel.inbox.topic });

const call = client.chat();
const payload = Buffer.alloc(MESSAGE_BYTES, 7);
let written = 0;
let read = 0;
let wrong = 0;
/** The most that was written and not read when a pause ended. */
let ahead = 0;
const begun = Date.now();

call.on('data', (part: Message) => {
  if (part.number !== read || !part.payload.equals(payload)) wrong++;
  read++;
  // A pause early, one in the middle, one late.
  if (read !== 100 && read !== count >> 1 && read !== count - 200) return;
  call.pause();
  setTimeout(() => {
    ahead = Math.max(ahead, written - read);
    call.resume();
  }, PAUSE_MS);
});
const ended = new Promise<void>((resolve, reject) => {
  call.on('end', resolve);
  call.on('error', reject);
});
for (; written < count; written++) {
  if (!call.write(message({ number: written, payload }))) await new Promise((resolve) => call.once('drain', resolve));
}
call.end();
await ended;
process.send?.({ read, wrong, aheadBytes: ahead * MESSAGE_BYTES, ms: Date.now() - begun });
