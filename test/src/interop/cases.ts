import assert from 'node:assert/strict';
import { type Metadata, status as Status } from '@grpc/grpc-js';
import { allReplies, limit, noMetadata, type Outcome, oneReply } from './client-calls.js';
import { initialKey, trailingKey } from './handlers.js';
import type {
  Empty,
  PayloadReply,
  StreamingInputCallResponse,
  TestServiceClient,
  UnimplementedServiceClient,
} from './service.js';

/** What a case runs on: stubs, however they are connected. */
export interface InteropTarget {
  readonly test: TestServiceClient;
  readonly unimplemented: UnimplementedServiceClient;
  /** A stub over a channel of its own. */
  open(): Promise<{ readonly test: TestServiceClient; close(): Promise<void> }>;
  /** Waits until the handler of the FullDuplexCall that begins next sees its cancel, where the handler is ours. */
  readonly nextCancel: (() => Promise<void>) | undefined;
  /** How many large calls may be under way at once without the broker forgetting some. */
  readonly maxLargeCalls: number;
}

export type InteropCase = (target: InteropTarget) => Promise<void>;

// Each case does and asserts what its section of https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md
// says; what it may assert, it does. Where a case could pass with nobody at the other end, a plain call follows.

const requestSizes = [27182, 8, 1828, 45904] as const;
const replySizes = [31415, 9, 2653, 58979] as const;
const LARGE_REQUEST = 271_828;
const LARGE_REPLY = 314_159;

const zeros = (bytes: number) => ({ type: 0, body: Buffer.alloc(bytes) });

export async function emptyUnary({ test }: Pick<InteropTarget, 'test'>): Promise<void> {
  const outcome = await oneReply<Empty>((callback) => test.emptyCall({}, noMetadata(), limit(), callback));
  assertOk(outcome);
  assert.deepEqual(
    outcome.replies.map((reply) => ({ ...reply })),
    [{}],
  );
}

export async function largeUnary({ test }: Pick<InteropTarget, 'test'>, limitMs?: number): Promise<void> {
  const request = { responseSize: LARGE_REPLY, payload: zeros(LARGE_REQUEST) };
  const outcome = await unaryCall(test, request, noMetadata(), limitMs);
  assertOk(outcome);
  assertPayloads(outcome, [LARGE_REPLY]);
}

export async function clientStreaming({ test }: InteropTarget): Promise<void> {
  const outcome = await oneReply<StreamingInputCallResponse>((callback) => {
    const call = test.streamingInputCall(noMetadata(), limit(), callback);
    for (const size of requestSizes) call.write({ payload: zeros(size) });
    call.end();
    return call;
  });
  assertOk(outcome);
  assert.deepEqual(
    outcome.replies.map((reply) => reply.aggregatedPayloadSize),
    [74922],
  );
}

export async function serverStreaming({ test }: InteropTarget): Promise<void> {
  const request = { responseParameters: replySizes.map((size) => ({ size })) };
  const outcome = await allReplies(test.streamingOutputCall(request, noMetadata(), limit()));
  assertOk(outcome);
  assertPayloads(outcome, replySizes);
}

export async function pingPong({ test }: InteropTarget): Promise<void> {
  const call = test.fullDuplexCall(noMetadata(), limit());
  let sent = 0;
  const sendNext = (): void => {
    const [size, replySize] = [requestSizes[sent], replySizes[sent]];
    sent++;
    if (size === undefined || replySize === undefined) call.end();
    else call.write({ responseParameters: [{ size: replySize }], payload: zeros(size) });
  };
  sendNext();
  const outcome = await allReplies<PayloadReply>(call, (_reply, count) => {
    // Nothing may come that was not asked for yet.
    assert.equal(count, sent);
    sendNext();
  });
  assertOk(outcome);
  assertPayloads(outcome, replySizes);
}

export async function emptyStream({ test }: InteropTarget): Promise<void> {
  const call = test.fullDuplexCall(noMetadata(), limit());
  call.end();
  const outcome = await allReplies<PayloadReply>(call);
  assertOk(outcome);
  assert.equal(outcome.replies.length, 0);
}

export async function cancelAfterBegin(target: InteropTarget): Promise<void> {
  const outcome = await oneReply<StreamingInputCallResponse>((callback) => {
    const call = target.test.streamingInputCall(noMetadata(), limit(), callback);
    call.cancel();
    return call;
  });
  assert.equal(outcome.status.code, Status.CANCELLED);
  assert.equal(outcome.replies.length, 0);
  await emptyUnary(target);
}

export async function cancelAfterFirstResponse({ test, nextCancel }: InteropTarget): Promise<void> {
  const cancelSeen = nextCancel?.();
  const call = test.fullDuplexCall(noMetadata(), limit());
  call.write({ responseParameters: [{ size: 31415 }], payload: zeros(27182) });
  const outcome = await allReplies<PayloadReply>(call, () => call.cancel());
  assert.equal(outcome.status.code, Status.CANCELLED);
  assertPayloads(outcome, [31415]);
  await cancelSeen;
}

export async function timeoutOnSleepingServer(target: InteropTarget): Promise<void> {
  const { deadline } = limit(1);
  const call = target.test.fullDuplexCall(noMetadata(), { deadline });
  call.write({ payload: zeros(27182) });
  const outcome = await allReplies<PayloadReply>(call);
  assert.equal(outcome.status.code, Status.DEADLINE_EXCEEDED);
  assert.equal(outcome.replies.length, 0);
  await emptyUnary(target);
}

export async function customMetadata({ test }: InteropTarget): Promise<void> {
  const value = 'test_initial_metadata_value';
  const bytes = Buffer.from([0xab, 0xab, 0xab]);
  const metadata = noMetadata();
  metadata.set(initialKey, value);
  metadata.set(trailingKey, bytes);

  const unary = await unaryCall(test, { responseSize: LARGE_REPLY, payload: zeros(LARGE_REQUEST) }, metadata);
  const call = test.fullDuplexCall(metadata, limit());
  call.write({ responseParameters: [{ size: LARGE_REPLY }], payload: zeros(LARGE_REQUEST) });
  call.end();
  for (const outcome of [unary, await allReplies<PayloadReply>(call)]) {
    assertOk(outcome);
    assertPayloads(outcome, [LARGE_REPLY]);
    assert.deepEqual(outcome.headers?.get(initialKey), [value]);
    assert.deepEqual(outcome.status.metadata.get(trailingKey), [bytes]);
  }
}

export async function statusCodeAndMessage({ test }: InteropTarget): Promise<void> {
  const responseStatus = { code: Status.UNKNOWN, message: 'test status message' };
  const unary = await unaryCall(test, { responseStatus });
  const call = test.fullDuplexCall(noMetadata(), limit());
  call.write({ responseStatus });
  call.end();
  for (const outcome of [unary, await allReplies<PayloadReply>(call)]) {
    assert.equal(outcome.status.code, responseStatus.code);
    assert.equal(outcome.status.details, responseStatus.message);
    assert.equal(outcome.replies.length, 0);
  }
}

export async function specialStatusMessage({ test }: InteropTarget): Promise<void> {
  const message = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';
  const { status } = await unaryCall(test, { responseStatus: { code: Status.UNKNOWN, message } });
  assert.equal(status.code, Status.UNKNOWN);
  assert.equal(status.details, message);
}

export async function unimplementedMethod({ test }: InteropTarget): Promise<void> {
  await assertUnimplemented(test);
}

export async function unimplementedService({ unimplemented }: InteropTarget): Promise<void> {
  await assertUnimplemented(unimplemented);
}

export async function concurrentLargeUnary(target: InteropTarget): Promise<void> {
  let left = 1000;
  const next = async (): Promise<void> => {
    while (left-- > 0) await largeUnary(target, 240_000);
  };
  await Promise.all(Array.from({ length: Math.min(left, target.maxLargeCalls) }, next));
}

function unaryCall(
  test: TestServiceClient,
  request: Parameters<TestServiceClient['unaryCall']>[0],
  metadata: Metadata = noMetadata(),
  limitMs?: number,
): Promise<Outcome<PayloadReply>> {
  return oneReply<PayloadReply>((callback) => test.unaryCall(request, metadata, limit(limitMs), callback));
}

async function assertUnimplemented(
  client: Pick<TestServiceClient | UnimplementedServiceClient, 'unimplementedCall'>,
): Promise<void> {
  const { status, replies } = await oneReply<Empty>((callback) =>
    client.unimplementedCall({}, noMetadata(), limit(), callback),
  );
  assert.equal(status.code, Status.UNIMPLEMENTED, status.details);
  assert.equal(replies.length, 0);
}

function assertOk({ status }: Outcome<unknown>): void {
  assert.equal(status.code, Status.OK, `status ${status.code}: ${status.details}`);
}

/** As many replies as there are sizes, each of so many zeros. */
function assertPayloads({ replies }: Outcome<PayloadReply>, sizes: readonly number[]): void {
  assert.deepEqual(
    replies.map(({ payload }) => payload?.body.length),
    sizes,
  );
  for (const { payload } of replies) {
    assert.equal(payload?.type, 0);
    assert.ok(payload.body.equals(Buffer.alloc(payload.body.length)), 'a payload has other bytes than zeros');
  }
}
