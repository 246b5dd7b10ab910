import { EventEmitter } from 'node:events';
import { credentials, Metadata, propagate as Propagate, type ServerUnaryCall, status as Status } from '@grpc/grpc-js';
import { encodeRecord, type MetadataEntries } from '@wherry/wire';
import test from 'ava';
import { accepted, entries, open, parts } from './channel-bench.test.helpers.js';
import {
  HeardCall,
  inboxOf,
  method,
  ok,
  PlayedWorker,
  requests,
  service,
  settle,
} from './played-worker.test.helpers.js';

// Unary calls.

test('a unary call is one record there and one back', async (t) => {
  const { broker, channel, worker } = await open(t);
  const heard = new HeardCall(channel).unary('question', entries({ mine: 'yes' }));
  t.is(channel.callsUnderWay, 1);
  const opening = await worker.next();
  const { callId } = opening.frame;
  const trailers: MetadataEntries = [['last', '2']];
  const status = { code: Status.OK, message: 'fine', trailers };
  worker.send(opening, { sequence: 0, headers: [['first', '1']], message: Buffer.from('answer'), status });
  t.is(await heard.ended, 'OK fine');
  t.deepEqual(heard.heard, ['headers', 'answer', 'OK fine']);
  t.deepEqual(heard.headers?.getMap(), { first: '1' });
  t.deepEqual(heard.status?.metadata.getMap(), { last: '2' });
  t.is(channel.callsUnderWay, 0);
  t.is(heard.call.getPeer(), 'unknown', 'nobody accepted it');
  const records = broker.records(requests, 0).map(({ key, value }) => ({ key, value }));
  const open_ = { method, metadata: [['mine', 'yes']] as MetadataEntries };
  const message = Buffer.from('question');
  t.deepEqual(records, [
    encodeRecord({ sender: channel.inbox, frames: [{ callId, sequence: 0, open: open_, message, halfClose: true }] }),
  ]);
});

test('an opening has the deadline, the authority and the wish to wait', async (t) => {
  const { channel, worker } = await open(t);
  const deadline = Date.now() + 60_000;
  const metadata = new Metadata({ waitForReady: true });
  metadata.add('key', 'one');
  metadata.add('key', 'two');
  metadata.add('key-bin', Buffer.from([0, 255]));
  new HeardCall(channel, method, deadline, 'shop.example').unary('', metadata);
  const { frame } = await worker.next();
  t.deepEqual(
    { ...frame.open },
    {
      method,
      deadline,
      authority: 'shop.example',
      waitForReady: true,
      metadata: [
        ['key', 'one'],
        ['key', 'two'],
        ['key-bin', Buffer.from([0, 255])],
      ],
    },
  );
  t.is(frame.message?.length, 0);
});

test('calls of one turn share a record, once the route is known', async (t) => {
  const { broker, channel, worker } = await open(t);
  new HeardCall(channel).unary();
  await worker.next();
  for (let count = 0; count < 3; count++) new HeardCall(channel).unary(`call ${count}`);
  for (let count = 0; count < 3; count++) t.is(String((await worker.next()).frame.message), `call ${count}`);
  t.is(broker.records(requests, 0).length, 2);
});

test('a reply from another worker than the first answers too: nobody accepted the call', async (t) => {
  const { broker, channel, worker } = await open(t);
  const other = await PlayedWorker.open(t, broker, { name: 'other' });
  const heard = new HeardCall(channel).unary();
  const opening = await worker.next();
  other.send(opening, { sequence: 0, headers: [], message: Buffer.from('answer'), status: ok });
  t.is(await heard.ended, 'OK');
});

test('an error without a message is a status alone', async (t) => {
  const { channel, worker } = await open(t);
  const heard = new HeardCall(channel).unary();
  const status = { code: Status.NOT_FOUND, message: 'no such thing', trailers: [] };
  worker.send(await worker.next(), { sequence: 0, status });
  t.is(await heard.ended, 'NOT_FOUND no such thing');
  t.deepEqual(heard.heard, ['NOT_FOUND no such thing']);
});

test('a method that is none is a TypeError', async (t) => {
  const { channel } = await open(t);
  t.throws(() => new HeardCall(channel, 'Say'), { instanceOf: TypeError, message: /package\.Service\/Method/ });
});

// Opening.

test('metadata that does not fit a record ends its call alone', async (t) => {
  const { channel, worker } = await open(t);
  new HeardCall(channel).unary();
  await worker.next();
  const fits = new HeardCall(channel).unary('fits');
  const large = new HeardCall(channel).unary('', entries({ large: 'x'.repeat(1_000_000) }));
  t.regex(await large.ended, /^RESOURCE_EXHAUSTED .*too large/);
  const opening = await worker.next();
  t.is(String(opening.frame.message), 'fits');
  worker.send(opening, { sequence: 0, status: ok });
  t.is(await fits.ended, 'OK');
});

test('credentials of a call add to its metadata, and end it if they fail', async (t) => {
  const { channel, worker } = await open(t);
  const heard = new HeardCall(channel);
  const urls: string[] = [];
  heard.call.setCredentials(
    credentials.createFromMetadataGenerator(({ service_url }, callback) => {
      urls.push(service_url);
      callback(null, entries({ authorization: 'me' }));
    }),
  );
  heard.unary('request', entries({ mine: 'yes' }));
  const { frame } = await worker.next();
  t.deepEqual(frame.open?.metadata, [
    ['mine', 'yes'],
    ['authorization', 'me'],
  ]);
  t.deepEqual(urls, ['https://wherry/test.Echo']);
  const refused = new HeardCall(channel);
  refused.call.setCredentials(
    credentials.createFromMetadataGenerator((_parameters, callback) => callback(new Error('who are you?'))),
  );
  t.is(await refused.unary().ended, 'UNAUTHENTICATED who are you?');
});

test('calls with an equal ordering key go to one partition, and the key of the metadata stays here', async (t) => {
  const { channel, worker } = await open(t, { partitions: 8 });
  const partitions = new Set<number>();
  for (let count = 0; count < 8; count++) {
    // Field 1 of a protobuf message: "same".
    new HeardCall(channel).unary('\n\u0004same', entries({ 'wherry-ordering-field': '1', mine: `${count}` }));
    const { frame, partition } = await worker.next();
    t.deepEqual(frame.open?.metadata, [['mine', `${count}`]]);
    partitions.add(partition);
  }
  t.is(partitions.size, 1);
  const wrong = new HeardCall(channel).unary('', entries({ 'wherry-ordering-field': 'customer.id' }));
  t.regex(await wrong.ended, /^INVALID_ARGUMENT wherry-ordering-field is "customer\.id"/);
});

// Deadlines, cancels and parents.

test('a deadline ends the call here, and needs no cancel', async (t) => {
  const { broker, channel, worker } = await open(t);
  const deadline = Date.now() + 30;
  const heard = new HeardCall(channel, method, deadline).unary();
  t.is(await heard.ended, 'DEADLINE_EXCEEDED Deadline exceeded');
  t.true(Date.now() >= deadline);
  await settle();
  t.true(broker.records(requests, 0).length <= 1);
  t.true(worker.rest().every(({ cancel }) => !cancel));
});

test('a call whose deadline has passed is not sent', async (t) => {
  const { broker, channel } = await open(t);
  const heard = new HeardCall(channel, method, Date.now() - 1).unary();
  t.is(await heard.ended, 'DEADLINE_EXCEEDED the deadline had passed before the call began');
  await settle();
  t.is(broker.records(requests, 0).length, 0);
});

test('the service config limits the time of a call', async (t) => {
  const serviceConfig = { methodConfig: [{ name: [{ service }], timeout: '0.01s' }] };
  const { channel } = await open(t, { serviceConfig });
  t.is(await new HeardCall(channel).unary().ended, 'DEADLINE_EXCEEDED Deadline exceeded');
});

test('a cancel in the turn of the opening travels with it, or instead of it', async (t) => {
  const { broker, channel, worker } = await open(t);
  const early = new HeardCall(channel).unary();
  early.call.cancelWithStatus(Status.CANCELLED, 'no');
  t.is(await early.ended, 'CANCELLED no');
  await settle();
  t.is(broker.records(requests, 0).length, 0, 'its route was not known yet');
  new HeardCall(channel).unary();
  await worker.next();
  const heard = new HeardCall(channel).unary();
  heard.call.cancelWithStatus(Status.CANCELLED, 'no');
  t.is(await heard.ended, 'CANCELLED no');
  const { frame } = await worker.next();
  t.true(frame.cancel);
  t.is(frame.open?.method, method);
  t.deepEqual(worker.rest(), []);
});

test('a cancel before the call was accepted follows its opening to the same partition', async (t) => {
  const { channel, worker } = await open(t, { partitions: 3 });
  for (let count = 0; count < 3; count++) {
    const heard = new HeardCall(channel).unary();
    const { frame, partition } = await worker.next();
    heard.call.cancelWithStatus(Status.CANCELLED, 'no');
    t.is(await heard.ended, 'CANCELLED no');
    const cancel = await worker.next();
    t.deepEqual([cancel.topic, cancel.partition, cancel.frame.callId], [requests, partition, frame.callId]);
    t.deepEqual(parts(cancel.frame), { sequence: 1, cancel: true });
  }
});

test('a cancel of an accepted call goes to the worker that accepted it', async (t) => {
  const bench = await open(t);
  const { heard, opening } = await accepted(bench);
  t.is(heard.call.getPeer(), 'kafka:wherry.inbox.worker');
  heard.call.cancelWithStatus(Status.CANCELLED, 'no');
  heard.call.cancelWithStatus(Status.ABORTED, 'again');
  t.is(await heard.ended, 'CANCELLED no');
  const { topic, frame } = await bench.worker.next();
  t.is(topic, inboxOf('worker'));
  t.deepEqual(parts(frame), { sequence: 1, cancel: true });
  bench.worker.send(opening, { sequence: 1, message: Buffer.from('late') });
  await settle();
  t.is(bench.channel.counters.lateFrames, 1);
  t.deepEqual(heard.heard, ['headers', 'CANCELLED no']);
});

test('a call that is cancelled before it is started ends so, and is not sent', async (t) => {
  const { broker, channel } = await open(t);
  const heard = new HeardCall(channel);
  heard.call.cancelWithStatus(Status.CANCELLED, 'never mind');
  heard.unary();
  t.is(await heard.ended, 'CANCELLED never mind');
  await settle();
  t.is(broker.records(requests, 0).length, 0);
  t.is(channel.callsUnderWay, 0);
});

test('a call inherits the deadline and the cancel of its parent, if it is to', async (t) => {
  const { channel, worker } = await open(t);
  const deadline = Date.now() + 60_000;
  const parent = Object.assign(new EventEmitter(), { cancelled: false, getDeadline: () => deadline });
  const served = parent as unknown as ServerUnaryCall<unknown, unknown>;
  const heard = new HeardCall(channel, method, undefined, undefined, served).unary();
  t.is((await worker.next()).frame.open?.deadline, deadline);
  const own = new HeardCall(channel, method, undefined, undefined, served, Propagate.CENSUS_STATS_CONTEXT).unary();
  t.is((await worker.next()).frame.open?.deadline, undefined);
  parent.cancelled = true;
  parent.emit('cancelled', 'cancelled');
  t.is(await heard.ended, 'CANCELLED Cancelled by parent call');
  t.is(parent.listenerCount('cancelled'), 0);
  t.is(own.status, undefined);
  const late = new HeardCall(channel, method, undefined, undefined, served).unary();
  t.is(await late.ended, 'CANCELLED Cancelled by parent call');
});
