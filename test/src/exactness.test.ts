import { gzipSync } from 'node:zlib';
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import test, { type ExecutionContext } from 'ava';
import { type EchoClient, Message } from './gen/echo.js';
import { useBroker } from './support/brokers.js';
import { echoWith, message, readAll, unary } from './support/echo.js';
import { Harness, signal } from './support/harness.js';
import {
  framed,
  type RawRequest,
  rawCall,
  rawServer,
  respond,
  respondTrailersOnly,
  valuesOf,
} from './support/raw-http2.js';

// What is on the wire, line by line: what conformance suites look at, and stock grpc-js does otherwise in places.

const brokers = useBroker(test);
const path = (method: string): string => `/wherry.test.v1.Echo/${method}`;
const encoded = (parts: Partial<Message>): Buffer => Buffer.from(Message.encode(message(parts)).finish());

/** A worker with these handlers behind a gateway, for callers by bare HTTP/2. */
async function gatewayTo(t: ExecutionContext, handlers: Parameters<typeof echoWith>[0] = {}, options = {}) {
  t.timeout(30_000);
  const h = new Harness(t, brokers());
  const worker = await h.worker(echoWith(handlers));
  const gateway = await h.gateway(options);
  return { h, worker, gateway, address: gateway.address };
}

/** A server by bare HTTP/2 behind an egress, and a caller over Kafka. */
async function egressTo(t: ExecutionContext, answer: (request: RawRequest) => void, options = {}) {
  t.timeout(30_000);
  const h = new Harness(t, brokers());
  const target = await rawServer(t, answer);
  const egress = await h.egress(target, options);
  return { h, egress, target, client: await h.client() };
}

const soon = (ms: number): { deadline: number } => ({ deadline: Date.now() + ms });

async function failure(call: Promise<unknown>): Promise<[code: number | undefined, details: string | undefined]> {
  try {
    await call;
    return [status.OK, undefined];
  } catch (error) {
    const { code, details } = error as ServiceError;
    return [code, details];
  }
}

/** Headers and trailers of a unary call, whatever it ends with. */
function metadataOf(client: EchoClient, metadata = new Metadata()): Promise<{ headers: Metadata; end: StatusObject }> {
  return new Promise((resolve) => {
    let headers = new Metadata();
    const call = client.unary(message({}), metadata, soon(20_000), () => undefined);
    call.on('metadata', (received: Metadata) => {
      headers = received;
    });
    call.on('status', (end: StatusObject) => resolve({ headers, end }));
  });
}

// The gateway's side.

test('gateway: a reply that is OK has headers, and trailers with nothing but the status', async (t) => {
  const { address } = await gatewayTo(t);
  const reply = await rawCall(t, address, path('Unary'));
  t.deepEqual(reply.headers, [
    [':status', '200'],
    ['content-type', 'application/grpc+proto'],
  ]);
  t.deepEqual(reply.messages, [Buffer.alloc(0)], 'an empty message is a message');
  t.deepEqual(reply.trailers, [['grpc-status', '0']]);
  const stream = await rawCall(t, address, path('Expand'));
  t.deepEqual(stream.messages, []);
  t.deepEqual(stream.trailers, [['grpc-status', '0']], 'trailers alone are for errors');
});

test('gateway: metadata of a reply are unpadded, and repeated keys stand in order', async (t) => {
  const add = (metadata: Metadata): Metadata => {
    for (const value of ['one', 'two, or more', '']) metadata.add('word', value);
    for (const bytes of [[255], [1, 2], [1, 2, 3], []]) metadata.add('byte-bin', Buffer.from(bytes));
    // Node refuses to send this one twice.
    for (const value of ['"a"', '"b"']) metadata.add('etag', value);
    return metadata;
  };
  const { address } = await gatewayTo(t, {
    unary: (call, callback) => {
      call.sendMetadata(add(new Metadata()));
      callback(null, call.request, add(new Metadata()));
    },
  });
  const { headers, status: trailers } = await rawCall(t, address, path('Unary'));
  for (const lines of [headers, trailers]) {
    t.deepEqual(valuesOf(lines, 'word'), ['one', 'two, or more', '']);
    t.deepEqual(valuesOf(lines, 'byte-bin'), ['/w', 'AQI', 'AQID', '']);
    t.deepEqual(valuesOf(lines, 'etag'), ['"a", "b"']);
  }
});

test('gateway: metadata of a request are read padded, unpadded, joined and repeated', async (t) => {
  const seen = signal<Metadata>();
  const { address } = await gatewayTo(t, {
    unary: (call, callback) => {
      seen.resolve(call.metadata);
      callback(null, call.request);
    },
  });
  await rawCall(t, address, path('Unary'), {
    headers: {
      word: ['one', 'two, or more', 'three'],
      'padded-bin': '/w==',
      'unpadded-bin': '/w',
      'joined-bin': '/w==, AQI,AQID',
      'repeated-bin': ['/w', 'AQI=,AQID'],
      'empty-bin': '',
      'grpc-trace-bin': '/w',
      empty: '',
    },
  });
  const metadata = await seen.promise;
  const bytes = [[255], [1, 2], [1, 2, 3]].map((list) => Buffer.from(list));
  t.deepEqual(metadata.get('word'), ['one', 'two, or more', 'three']);
  t.deepEqual(metadata.get('padded-bin'), bytes.slice(0, 1));
  t.deepEqual(metadata.get('unpadded-bin'), bytes.slice(0, 1));
  t.deepEqual(metadata.get('joined-bin'), bytes);
  t.deepEqual(metadata.get('repeated-bin'), bytes);
  t.deepEqual(metadata.get('empty-bin'), [Buffer.alloc(0)]);
  t.deepEqual(metadata.get('grpc-trace-bin'), bytes.slice(0, 1));
  t.deepEqual(metadata.get('empty'), ['']);
});

test('gateway: an error without headers and messages is trailers only', async (t) => {
  const { address } = await gatewayTo(t, {
    unary: (call, callback) => {
      const metadata = new Metadata();
      metadata.add('grpc-status-details-bin', Buffer.from([8, 9, 255, 0]));
      metadata.add('why', 'because');
      if (call.request.number === 1) call.sendMetadata(new Metadata());
      callback({ code: status.ABORTED, details: '', metadata });
    },
  });
  const reply = await rawCall(t, address, path('Unary'));
  t.is(reply.trailers, undefined);
  t.deepEqual(
    [...reply.headers].sort(),
    [
      [':status', '200'],
      ['content-type', 'application/grpc+proto'],
      ['grpc-status', '10'],
      ['grpc-status-details-bin', 'CAn/AA'],
      ['why', 'because'],
    ],
    'and where there is no message there is no grpc-message',
  );
  const withHeaders = await rawCall(t, address, path('Unary'), { body: framed(encoded({ number: 1 })) });
  t.deepEqual(valuesOf(withHeaders.trailers ?? [], 'grpc-status'), ['10']);
});

test('gateway: an error behind messages comes behind them', async (t) => {
  const { address } = await gatewayTo(t, {
    expand: (call) => {
      for (let number = 0; number < 20; number++) call.write(message({ number }));
      call.emit('error', { code: status.DATA_LOSS, details: 'no more' });
    },
  });
  const reply = await rawCall(t, address, path('Expand'));
  t.is(reply.messages.length, 20);
  t.deepEqual(reply.trailers, [
    ['grpc-status', '15'],
    ['grpc-message', 'no more'],
  ]);
});

test('gateway: grpc-message is percent-encoded, whatever a handler says', async (t) => {
  const texts: [said: string, line: string][] = [
    ['plain text; with "/?:@&=+$,#" in it', 'plain text; with "/?:@&=+$,#" in it'],
    ['100% of it', '100%25 of it'],
    ['%20', '%2520'],
    ['line\r\nline\ttab\x7f', 'line%0D%0Aline%09tab%7F'],
    ['ship \u{1f6a2}, \u00e9', 'ship %F0%9F%9A%A2, %C3%A9'],
    ['half \ud83d.', 'half %EF%BF%BD.'],
    [' ends ', '%20ends%20'],
    ['\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1f608}\t\n', ''],
  ];
  const { address, h } = await gatewayTo(t, {
    unary: (call, callback) => callback({ code: status.UNKNOWN, details: texts[call.request.number]?.[0] ?? '' }),
  });
  const client = h.clientTo(address);
  for (const [number, [said, line]] of texts.entries()) {
    const reply = await rawCall(t, address, path('Unary'), { body: framed(encoded({ number })) });
    const [value = ''] = valuesOf(reply.status, 'grpc-message');
    if (line !== '') t.is(value, line);
    t.regex(value, /^(?:[\x20-\x24\x26-\x7e]|%[0-9A-F]{2})*$/);
    const expected = said.replace('\ud83d.', '\ufffd.');
    t.is(decodeURIComponent(value), expected);
    t.is((await failure(unary(client, { number })))[1], expected, 'and a stock client reads it');
  }
});

test('gateway: a deadline that has passed begins nothing', async (t) => {
  const { address, worker } = await gatewayTo(t);
  for (const timeout of ['0n', '1n', '0m', '0S']) {
    const reply = await rawCall(t, address, path('Unary'), { headers: { 'grpc-timeout': timeout } });
    t.deepEqual(valuesOf(reply.status, 'grpc-status'), [String(status.DEADLINE_EXCEEDED)], timeout);
    t.is(reply.trailers, undefined);
  }
  t.is(worker.counters.startedCalls, 0);
});

test('gateway: a deadline of weeks or of centuries is kept as it is', async (t) => {
  const { address } = await gatewayTo(t, {
    unary: (call, callback) => callback(null, message({ text: String(call.getDeadline()) })),
  });
  const hour = 3_600_000;
  for (const [timeout, ms] of [
    ['1209600S', 14 * 24 * hour],
    ['40320M', 28 * 24 * hour],
    ['9000H', 9000 * hour],
    ['99999999S', 99_999_999_000],
    ['99999999H', 99_999_999 * hour],
    ['99999999m', 99_999_999],
  ] as const) {
    const begun = Date.now();
    const { messages, status: end } = await rawCall(t, address, path('Unary'), {
      headers: { 'grpc-timeout': timeout },
    });
    t.deepEqual(valuesOf(end, 'grpc-status'), ['0'], timeout);
    const from = Number(Message.decode(messages[0] ?? Buffer.alloc(0)).text) - ms;
    t.true(from >= begun && from <= Date.now(), `${timeout} counted from ${from - begun} ms after the call began`);
  }
});

test('gateway: gzip is read, and what else it is told to read is refused with what it can', async (t) => {
  const { address } = await gatewayTo(t, {}, { maxReceiveMessageLength: 100_000 });
  const call = async (encoding: string, body: Buffer) => {
    const reply = await rawCall(t, address, path('Unary'), { headers: { 'grpc-encoding': encoding }, body });
    const [code] = valuesOf(reply.status, 'grpc-status');
    return { ...reply, code: Number(code) };
  };
  const text = 'x'.repeat(1000);
  const gzipped = await call('gzip', framed(gzipSync(encoded({ text })), { compressed: true }));
  t.is(gzipped.code, status.OK);
  t.is(Message.decode(gzipped.messages[0] ?? Buffer.alloc(0)).text, text);
  t.is((await call('gzip', framed(encoded({ text })))).code, status.OK, 'not every message need be compressed');
  const unknown = await call('snappy', framed(Buffer.from('whatever'), { compressed: true }));
  t.is(unknown.code, status.UNIMPLEMENTED);
  t.regex(valuesOf(unknown.status, 'grpc-message').join(), /snappy/);
  t.deepEqual(valuesOf(unknown.headers, 'grpc-accept-encoding'), ['identity,deflate,gzip']);
  t.is((await call('gzip', framed(Buffer.from('no gzip'), { compressed: true }))).code, status.INTERNAL);
  t.is((await call('identity', framed(encoded({ text }), { compressed: true }))).code, status.INTERNAL);
  const cut = framed(encoded({ text })).subarray(0, 100);
  t.is((await call('identity', cut)).code, status.INTERNAL, 'half a message is none');
  const bomb = framed(gzipSync(Buffer.alloc(10_000_000)), { compressed: true });
  t.is((await call('gzip', bomb)).code, status.RESOURCE_EXHAUSTED);
  const large = await call('identity', framed(Buffer.alloc(100_001)));
  t.is(large.code, status.RESOURCE_EXHAUSTED);
});

test('gateway: no message, or two, for a method that takes one is UNIMPLEMENTED', async (t) => {
  const { address } = await gatewayTo(t);
  for (const method of ['Unary', 'Expand']) {
    for (const body of [Buffer.alloc(0), Buffer.concat([framed(Buffer.alloc(0)), framed(Buffer.alloc(0))])]) {
      const reply = await rawCall(t, address, path(method), { body });
      t.deepEqual(valuesOf(reply.status, 'grpc-status'), [String(status.UNIMPLEMENTED)], `${method}, ${body.length}`);
    }
  }
});

// The egress's side.

test('egress: what a request has on the wire', async (t) => {
  const seen = signal<RawRequest>();
  const { client } = await egressTo(t, (request) => {
    seen.resolve(request);
    respond(request.stream, { body: framed(Buffer.alloc(0)), trailers: { 'grpc-status': '0' } });
  });
  const metadata = new Metadata({ waitForReady: true });
  for (const value of ['one', 'two, or more', '']) metadata.add('word', value);
  for (const bytes of [[255], [1, 2], [1, 2, 3]]) metadata.add('byte-bin', Buffer.from(bytes));
  for (const value of ['"a"', '"b"']) metadata.add('etag', value);
  await unary(client, {}, metadata, soon(20_000));
  const { raw, messages } = await seen.promise;
  t.deepEqual(messages, [Buffer.alloc(0)]);
  t.deepEqual(valuesOf(raw, 'word'), ['one', 'two, or more', '']);
  t.deepEqual(valuesOf(raw, 'byte-bin'), ['/w', 'AQI', 'AQID']);
  t.deepEqual(valuesOf(raw, 'etag'), ['"a", "b"']);
  t.deepEqual(valuesOf(raw, 'te'), ['trailers']);
  t.deepEqual(valuesOf(raw, 'content-type'), ['application/grpc']);
  const [timeout = ''] = valuesOf(raw, 'grpc-timeout');
  t.regex(timeout, /^\d{1,8}[mS]$/);
  t.deepEqual(
    raw.filter(([name]) => name.startsWith('wherry-')),
    [],
  );
});

test('egress: metadata of a reply are read padded, unpadded, joined and repeated', async (t) => {
  const lines = {
    word: ['one', 'two, or more'],
    'padded-bin': '/w==',
    'joined-bin': '/w, AQI',
    'repeated-bin': ['/w==', 'AQI'],
    'grpc-status-details-bin': 'CAn/AA',
  };
  const { client } = await egressTo(t, ({ stream }) =>
    respond(stream, { headers: lines, body: framed(Buffer.alloc(0)), trailers: { ...lines, 'grpc-status': '0' } }),
  );
  const { headers, end } = await metadataOf(client);
  t.is(end.code, status.OK);
  for (const metadata of [headers, end.metadata]) {
    t.deepEqual(metadata.get('word'), ['one', 'two, or more']);
    t.deepEqual(metadata.get('padded-bin'), [Buffer.from([255])]);
    t.deepEqual(metadata.get('joined-bin'), [Buffer.from([255]), Buffer.from([1, 2])]);
    t.deepEqual(metadata.get('repeated-bin'), [Buffer.from([255]), Buffer.from([1, 2])]);
    t.deepEqual(metadata.get('grpc-status-details-bin'), [Buffer.from([8, 9, 255, 0])]);
  }
  t.deepEqual(
    Object.keys(end.metadata.getMap()).filter((key) => key.startsWith('wherry-') || key === 'grpc-status'),
    [],
  );
});

test('egress: an error of trailers only, and how its message may be encoded', async (t) => {
  const lines: [line: string, read: string][] = [
    ['100%25 of it', '100% of it'],
    ['%23%2f%3A', '#/:'],
    ['%e2%98%ba', '\u263a'],
    ['%zz, %', '%zz, %'],
    ['%ff', '%ff'],
    ['%2523', '%23'],
    ['', ''],
  ];
  let next = 0;
  const { client } = await egressTo(t, ({ stream }) =>
    respondTrailersOnly(stream, { 'grpc-status': '5', 'grpc-message': lines[next]?.[0], 'why-bin': '/w' }),
  );
  for (const [, read] of lines) {
    const { headers, end } = await metadataOf(client);
    t.deepEqual([end.code, end.details], [status.NOT_FOUND, read]);
    t.deepEqual(end.metadata.get('why-bin'), [Buffer.from([255])]);
    t.deepEqual(Object.keys(headers.getMap()), []);
    next++;
  }
});

test('egress: messages that wait in it when an error comes are delivered before it', async (t) => {
  const sent = signal();
  // A window of Kafka's hop (16), the one that waits for it, and two that fit into HTTP/2's window.
  const count = 19;
  const { h } = await egressTo(t, ({ stream }) => {
    const payload = Buffer.alloc(16_384);
    const body = Buffer.concat(Array.from({ length: count }, (_, number) => framed(encoded({ number, payload }))));
    stream.on('close', sent.resolve);
    respond(stream, { body, trailers: { 'grpc-status': '9', 'grpc-message': 'no more' } });
  });
  // Without a stub, which would itself drop what its reader has not taken.
  const call = (await h.channel()).createCall(path('Expand'), Date.now() + 20_000, null, null, null);
  const numbers: number[] = [];
  const ended = signal<StatusObject>();
  call.start(new Metadata(), {
    onReceiveMetadata: () => undefined,
    onReceiveMessage: (bytes: Buffer) => {
      numbers.push(Message.decode(bytes).number);
      call.startRead();
    },
    onReceiveStatus: ended.resolve,
  });
  call.sendMessageWithContext({}, Buffer.alloc(0));
  call.halfClose();
  await sent.promise;
  call.startRead();
  const { code, details } = await ended.promise;
  t.deepEqual([code, details], [status.FAILED_PRECONDITION, 'no more']);
  t.deepEqual(
    numbers,
    Array.from({ length: count }, (_, number) => number),
  );
});

test('egress: OK without a message, or with two, is an error of a unary call', async (t) => {
  const bodies = [Buffer.alloc(0), Buffer.concat([framed(Buffer.alloc(0)), framed(Buffer.alloc(0))])];
  const { client } = await egressTo(t, ({ stream }) =>
    respond(stream, { body: bodies.shift() ?? Buffer.alloc(0), trailers: { 'grpc-status': '0' } }),
  );
  t.deepEqual(await failure(unary(client, {})), [status.UNIMPLEMENTED, 'No message received']);
  t.deepEqual(await failure(unary(client, {})), [status.UNIMPLEMENTED, 'Too many responses received']);
  t.deepEqual(await readAll(client.expand(message({}))), { messages: [], error: undefined });
});

test('egress: a status that is none, or an HTTP error, is what gRPC makes of it', async (t) => {
  const answers: [answer: (request: RawRequest) => void, code: number][] = [
    [({ stream }) => respondTrailersOnly(stream, { 'grpc-status': '99' }), status.UNKNOWN],
    [({ stream }) => respondTrailersOnly(stream, { 'grpc-status': 'OK' }), status.UNKNOWN],
    [({ stream }) => respond(stream, { trailers: { 'grpc-status': '-1' } }), status.UNKNOWN],
    [({ stream }) => stream.respond({ ':status': 503 }, { endStream: true }), status.UNAVAILABLE],
    [({ stream }) => stream.respond({ ':status': 401 }, { endStream: true }), status.UNAUTHENTICATED],
    [({ stream }) => stream.close(8), status.CANCELLED],
    [({ stream }) => stream.close(7), status.UNAVAILABLE],
    [({ stream }) => stream.close(2), status.INTERNAL],
  ];
  let next = 0;
  const { client } = await egressTo(t, (request) => answers[next]?.[0](request));
  for (const [index, [, code]] of answers.entries()) {
    next = index;
    t.is((await failure(unary(client, {}, soon(20_000))))[0], code, `answer ${index}`);
  }
});

test('egress: gzip is read, and a reply that cannot be read is INTERNAL', async (t) => {
  const text = 'x'.repeat(1000);
  const bodies: [encoding: string, body: Buffer][] = [
    ['gzip', framed(gzipSync(encoded({ text })), { compressed: true })],
    ['snappy', framed(Buffer.from('whatever'), { compressed: true })],
    ['gzip', framed(Buffer.from('no gzip'), { compressed: true })],
    ['gzip', framed(gzipSync(Buffer.alloc(10_000_000)), { compressed: true })],
  ];
  const { client } = await egressTo(t, ({ stream }) => {
    const [encoding, body] = bodies.shift() ?? ['identity', Buffer.alloc(0)];
    respond(stream, { headers: { 'grpc-encoding': encoding }, body, trailers: { 'grpc-status': '0' } });
  });
  t.is((await unary(client, {}, soon(20_000))).text, text);
  t.is((await failure(unary(client, {}, soon(20_000))))[0], status.INTERNAL);
  t.is((await failure(unary(client, {}, soon(20_000))))[0], status.INTERNAL);
  t.is((await failure(unary(client, {}, soon(20_000))))[0], status.RESOURCE_EXHAUSTED);
});

test('egress: deadlines of any length reach the server, or are none where HTTP/2 cannot say them', async (t) => {
  let timeout: string | undefined;
  const { client } = await egressTo(t, ({ raw, stream }) => {
    [timeout] = valuesOf(raw, 'grpc-timeout');
    respond(stream, { body: framed(Buffer.alloc(0)), trailers: { 'grpc-status': '0' } });
  });
  const day = 86_400_000;
  const begun = Date.now();
  await unary(client, {}, { deadline: begun + 60 * day });
  // The whole seconds that are left. The way to the egress takes some of them.
  const left = Number(/^(\d+)S$/.exec(timeout ?? '')?.[1]);
  t.true(left <= 60 * 86_400 && left >= 60 * 86_400 - (Date.now() - begun) / 1000 - 1, `${timeout}`);
  await unary(client, {}, { deadline: Number.MAX_SAFE_INTEGER });
  t.is(timeout, undefined);
  await unary(client, {});
  t.is(timeout, undefined);
});

// Both, one behind the other: what a server in one language says to a client in another.

test('gateway and egress: requests and replies come out as they went in', async (t) => {
  const seen: RawRequest[] = [];
  const { h } = await egressTo(t, (request) => {
    seen.push(request);
    const lines = { word: ['one', 'two, or more'], 'byte-bin': ['/w', 'AQI'] };
    const trailers = { 'grpc-status': '9', 'grpc-message': '%F0%9F%9A%A2 100%25', 'grpc-status-details-bin': 'CAn/AA' };
    if (request.headers['only'] === 'yes') respondTrailersOnly(request.stream, { ...trailers, ...lines });
    else
      respond(request.stream, {
        headers: lines,
        body: Buffer.concat(request.messages.map((one) => framed(one))),
        trailers,
      });
  });
  const { address } = await h.gateway();
  const headers = { word: ['1', '2, 3'], 'byte-bin': ['/w==', 'AQI'], 'grpc-timeout': '60S' };
  const body = Buffer.concat(['a', '', 'b'].map((text) => framed(encoded({ text }))));
  const reply = await rawCall(t, address, path('Chat'), { headers, body });
  t.deepEqual(valuesOf(seen[0]?.raw ?? [], 'word'), ['1', '2, 3']);
  t.deepEqual(valuesOf(seen[0]?.raw ?? [], 'byte-bin'), ['/w', 'AQI']);
  t.deepEqual(valuesOf(reply.headers, 'word'), ['one', 'two, or more']);
  t.deepEqual(valuesOf(reply.headers, 'byte-bin'), ['/w', 'AQI']);
  t.deepEqual(
    reply.messages.map((bytes) => Message.decode(bytes).text),
    ['a', '', 'b'],
  );
  t.deepEqual(reply.trailers, [
    ['grpc-status', '9'],
    ['grpc-message', '%F0%9F%9A%A2 100%25'],
    ['grpc-status-details-bin', 'CAn/AA'],
  ]);
  const only = await rawCall(t, address, path('Unary'), { headers: { only: 'yes' } });
  t.is(only.trailers, undefined);
  t.deepEqual(valuesOf(only.headers, 'grpc-status'), ['9']);
  t.deepEqual(valuesOf(only.headers, 'word'), ['one', 'two, or more']);
  t.deepEqual(valuesOf(only.headers, 'grpc-message'), ['%F0%9F%9A%A2 100%25']);
});
