import { type Metadata, status as Status } from '@grpc/grpc-js';
import { LogError } from '@wherry/kafka';
import { MemoryBroker } from '@wherry/kafka/memory';
import type { MetadataEntries } from '@wherry/wire';
import test from 'ava';
import { openChannel } from './channel.js';
import { entries, open, quiet } from './channel-bench.test.helpers.js';
import type { ChannelObserver, ClientInstrumentation } from './instrumentation.js';
import { HeardCall, method, ok, requests } from './played-worker.test.helpers.js';

/** An instrumentation that says in `seen` what it sees, under its name. */
function watching(seen: string[], name: string, more: Partial<ChannelObserver> = {}): ClientInstrumentation {
  return {
    channelMade: () => ({
      opened: () => void seen.push(`${name} opened`),
      closed: () => void seen.push(`${name} closed`),
      records: { sent: (topic) => void (topic === requests && seen.push(`${name} sent`)) },
      callMade: ({ method: path, target }) => {
        seen.push(`${name} made ${path} ${target}`);
        return {
          started: () => void seen.push(`${name} started`),
          message: (direction, message) => void seen.push(`${name} ${direction} ${message}`),
          opening: (_id, previous) => void seen.push(`${name} opening ${previous}`),
          forgotten: () => void seen.push(`${name} forgotten`),
          ended: ({ code }) => void seen.push(`${name} ended ${Status[code]}`),
        };
      },
      ...more,
    }),
  };
}

test('two observers see the same of one channel, and of its close once', async (t) => {
  const seen: string[] = [];
  const { channel, worker } = await open(t, { instrumentation: [watching(seen, 'a'), watching(seen, 'b')] });
  const heard = new HeardCall(channel).unary('question');
  worker.send(await worker.next(), { sequence: 0, headers: [], message: Buffer.from('answer'), status: ok });
  await heard.ended;
  await Promise.all([channel.close(), channel.close()]);
  await channel.drain();
  const of = (name: string): string[] =>
    seen.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(2));
  t.deepEqual(of('a'), [
    'opened',
    `made ${method} ${requests}`,
    'started',
    'sent question',
    'opening 0',
    'sent',
    'forgotten',
    'received answer',
    'ended OK',
    'closed',
  ]);
  t.deepEqual(of('b'), of('a'));
});

test('two that propagate are a TypeError, and no log is opened', async (t) => {
  const seen: string[] = [];
  const instrumentation = ['a', 'b'].map((name) => watching(seen, name, { propagates: true }));
  const opening = openChannel({ brokers: 'memory', instrumentation }, () => {
    t.fail('a log was opened');
    return Promise.reject(new Error('not reached'));
  });
  await t.throwsAsync(opening, { instanceOf: TypeError, message: /2 members that propagate/ });
  t.deepEqual(seen, ['a closed', 'b closed']);
});

test('one that propagates gives the metadata that travels, whoever else watches', async (t) => {
  const seen: string[] = [];
  const propagator = {
    inject: (metadata: Metadata) => metadata,
    entries: [['traceparent', 'mine']] as MetadataEntries,
  };
  const propagating: ClientInstrumentation = {
    channelMade: () => ({
      propagates: true,
      callMade: () => ({ started() {}, message() {}, ended() {}, quiet: true, propagator }),
    }),
  };
  const { channel, worker } = await open(t, { instrumentation: [watching(seen, 'a'), propagating] });
  new HeardCall(channel).unary('', entries({ traceparent: 'theirs', mine: 'yes' }));
  t.deepEqual((await worker.next()).frame.open?.metadata, [
    ['mine', 'yes'],
    ['traceparent', 'mine'],
  ]);
});

test('a channel that cannot be opened is told to its observers as closed', async (t) => {
  const broker = new MemoryBroker();
  const seen: string[] = [];
  const opening = openChannel(
    { brokers: 'memory', logger: quiet, instrumentation: watching(seen, 'a') },
    (logOptions) => {
      const log = broker.open(logOptions);
      broker.disconnect(log);
      return Promise.resolve(log);
    },
  );
  await t.throwsAsync(opening, { instanceOf: LogError });
  t.deepEqual(seen, ['a closed']);
});
