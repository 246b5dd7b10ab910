import { type MethodDefinition, status as Status } from '@grpc/grpc-js';
import test from 'ava';
import { FakeInboundCall } from './fake-inbound-call.test.helpers.js';
import { forEachRequest, forOneRequest, type OwnCall } from './own-call.js';

const serialize = (text: string): Buffer => Buffer.from(text);
const deserialize = (bytes: Buffer): string => {
  if (String(bytes) === 'unreadable') throw new Error('not so');
  return String(bytes);
};
const method: MethodDefinition<string, string> = {
  path: '/own.Service/Method',
  requestStream: false,
  responseStream: false,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
};

const echoOnce = forOneRequest(method, (request, call) => {
  call.send(`${request}!`);
  call.end();
});

test('a method of one request answers it when the requests have ended', (t) => {
  const call = new FakeInboundCall();
  echoOnce(call);
  t.is(call.reads, 1);
  call.receive('a');
  t.deepEqual(call.sent, []);
  t.is(call.reads, 2);
  call.halfClose();
  t.deepEqual(call.sent, ['a!']);
  t.is(call.status?.code, Status.OK);
});

test('no request, two of them, or one that cannot be read ends the call', (t) => {
  const none = new FakeInboundCall();
  echoOnce(none);
  none.halfClose();
  t.is(none.status?.code, Status.UNIMPLEMENTED);
  t.is(none.status?.details, '/own.Service/Method takes one request, and got none');

  const two = new FakeInboundCall();
  echoOnce(two);
  two.receive('a');
  two.receive('b');
  t.is(two.status?.code, Status.UNIMPLEMENTED);
  t.is(two.status?.details, '/own.Service/Method takes one request, and got a second one');

  const unreadable = new FakeInboundCall();
  echoOnce(unreadable);
  unreadable.receive('unreadable');
  t.is(unreadable.status?.code, Status.INTERNAL);
  t.deepEqual([none.sent, two.sent, unreadable.sent], [[], [], []]);
});

test('a conversation answers each request when its client has room for the answer before, and ends with the requests', (t) => {
  const call = new FakeInboundCall();
  const begun: OwnCall<string, string>[] = [];
  let over = 0;
  forEachRequest(
    method,
    (request) => `${request}!`,
    (own) => {
      begun.push(own);
      own.whenOver(() => over++);
    },
  )(call);
  t.is(begun.length, 1);
  call.receive('a');
  t.deepEqual(call.sent, ['a!']);
  t.is(call.reads, 1);
  call.drain();
  t.is(call.reads, 2);
  call.receive('b');
  t.deepEqual(call.sent, ['a!', 'b!']);
  t.is(over, 0);
  call.halfClose();
  t.is(call.status?.code, Status.OK);
  begun[0]?.end();
  call.cancel();
  t.is(over, 1);
});

test('a call ends at its deadline, and one that was cancelled sends nothing', async (t) => {
  const late = new FakeInboundCall(Date.now() - 1);
  const expired = new Promise<void>((resolve) => forEachRequest(method, String, (own) => own.whenOver(resolve))(late));
  await expired;
  t.is(late.status?.code, Status.DEADLINE_EXCEEDED);

  const cancelled = new FakeInboundCall(Date.now() + 2 ** 40);
  let own: OwnCall<string, string> | undefined;
  forEachRequest(method, String, (begun) => {
    own = begun;
  })(cancelled);
  cancelled.cancel();
  own?.send('too late');
  own?.end();
  t.deepEqual(cancelled.sent, []);
  t.is(cancelled.status, undefined);
});
