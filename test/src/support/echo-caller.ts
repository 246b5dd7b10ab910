/** A caller as a process of its own, with a conversation that it leaves open: `echo-caller BROKERS NAMESPACE`. */
import { createChannel } from '@wherry/client';
import { message } from './echo.js';
import { clientOf } from './harness.js';

const [brokers, namespace] = process.argv.slice(2);
if (brokers === undefined || namespace === undefined) throw new Error('usage: echo-caller BROKERS NAMESPACE');
const channel = await createChannel({ brokers, namespace });
process.once('disconnect', () => void channel.close());
const call = clientOf(channel).chat();
call.on('error', () => undefined);
call.on('status', ({ code }) => process.send?.({ ended: code }));
call.write(message({}));
process.send?.({ inbox: channel.inbox.topic });
