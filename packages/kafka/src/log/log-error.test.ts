import test from 'ava';
import { kafkaErrors, LogError } from './log-error.js';

/** An error in the form in which node-rdkafka gives most errors. */
function kafkaError(message: string, parts: Record<string, unknown>): Error {
  return Object.assign(new Error(message), parts);
}

test('an error says what was being done and what went wrong, and keeps the cause', (t) => {
  const cause = kafkaError('Broker: Not leader', { code: 6 });
  const error = LogError.from('sending to a topic', cause);
  t.true(error instanceof Error);
  t.is(error.name, 'LogError');
  t.is(error.message, 'sending to a topic: Broker: Not leader');
  t.is(error.code, 6);
  t.is(error.cause, cause);
});

test('an error of the log stays as it is', (t) => {
  const error = new LogError('no', { code: 29 });
  t.is(LogError.from('doing something else', error), error);
});

test('an error of a missing right names the right', (t) => {
  const rights = { topic: 'Read on topic orders', group: 'Read on group orders' };
  const doing = 'reading orders in group orders';
  t.is(
    LogError.from(doing, kafkaError('Broker: Group authorization failed', { code: 30 }), rights).message,
    `${doing}: Broker: Group authorization failed (this client needs the right Read on group orders)`,
  );
  t.is(
    LogError.from(doing, kafkaError('Broker: Not leader', { code: 6 }), rights).message,
    `${doing}: Broker: Not leader`,
  );
  t.is(LogError.from(doing, kafkaError('no', { code: 31 }), rights).message, `${doing}: no`);
});

test('each Kafka error has its gRPC status, and only UNAVAILABLE may be tried again', (t) => {
  const expected: [code: number, status: number][] = [
    [10, 8],
    [18, 8],
    [-184, 8],
    [29, 7],
    [30, 7],
    [31, 7],
    [-169, 16],
    [58, 16],
    [3, 14],
    [6, 14],
    [-1, 14],
    [kafkaErrors.allBrokersDown, 14],
  ];
  for (const [code, status] of expected) {
    const error = LogError.from('x', kafkaError('y', { code }));
    t.is(error.status, status, `code ${code}`);
    t.is(error.retriable, status === 14, `code ${code}`);
  }
});

test('an error that has only a text is known by it', (t) => {
  const codes: [origin: string | undefined, text: string, code: number][] = [
    ['broker', 'message size too large', 10],
    ['broker', 'unknown topic or partition', 3],
    ['broker', 'topic authorization failed', 29],
    ['local', 'unknown topic', -188],
    ['local', 'unknown partition', -190],
    ['local', 'message timed out', -192],
    [undefined, 'Broker: Message size too large', 10],
    ['local', 'something new', -1],
    // The code depends on origin and text, because librdkafka and a broker may use the same text.
    ['broker', 'unknown partition', -1],
  ];
  for (const [origin, text, code] of codes) {
    // node-rdkafka gives -1 if it knows no code.
    t.is(LogError.from('x', kafkaError(text, { origin, code: -1 })).code, code, text);
    if (origin !== undefined) t.is(LogError.from('x', kafkaError(text, { origin })).code, code, text);
  }
});

test('anything that was thrown becomes an error', (t) => {
  for (const thrown of ['text', undefined, null, 42, {}, new Error('plain')]) {
    const error = LogError.from('doing', thrown);
    t.is(error.code, -1);
    t.is(error.status, 14);
    t.true(error.message.startsWith('doing: '));
  }
  t.is(LogError.from('doing', kafkaError('x', { code: 'ENOENT' })).code, -1);
});
