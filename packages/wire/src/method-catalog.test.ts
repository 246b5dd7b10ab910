import test from 'ava';
import { DescriptorCodec, type MethodDescriptor } from './descriptors.js';
import { readMethods } from './method-catalog.js';

const [OPTIONAL, REPEATED] = [1, 3];
const [INT64, STRING, MESSAGE, ENUM] = [3, 9, 11, 14];

const codec = new DescriptorCodec();
const customer = codec.encode({
  name: 'customer.proto',
  package: 'c',
  messageType: [{ name: 'Customer', field: [{ name: 'id', number: 3, label: OPTIONAL, type: INT64 }] }],
});

/** The files of a service whose methods have an `Order` as request. */
function files(...method: MethodDescriptor[]): Buffer[] {
  const order = {
    name: 'Order',
    nestedType: [{ name: 'Line', field: [{ name: 'article', number: 1, label: OPTIONAL, type: STRING }] }],
    field: [
      { name: 'customer', number: 20, label: OPTIONAL, type: MESSAGE, typeName: '.c.Customer' },
      { name: 'lines', number: 2, label: REPEATED, type: MESSAGE, typeName: '.p.Order.Line' },
      { name: 'first', number: 3, label: OPTIONAL, type: MESSAGE, typeName: '.p.Order.Line' },
      { name: 'state', number: 4, label: OPTIONAL, type: ENUM, typeName: '.p.State' },
      { name: 'lost', number: 5, label: OPTIONAL, type: MESSAGE, typeName: '.p.Nowhere' },
    ],
  };
  const methods = method.map((one) => ({ inputType: '.p.Order', outputType: '.p.Order', ...one }));
  return [
    customer,
    codec.encode({ name: 'p.proto', package: 'p', messageType: [order], service: [{ name: 'S', method: methods }] }),
  ];
}

function ordering(orderingKey: string): { field: readonly number[] | undefined; warnings: string[] } {
  const warnings: string[] = [];
  const methods = readMethods('p.S', files({ name: 'M', options: { orderingKey } }), (line) => warnings.push(line));
  return { field: methods.get('/p.S/M')?.orderingField, warnings };
}

test('an ordering key is a field of the request, or a path to one', (t) => {
  t.deepEqual(ordering('customer.id'), { field: [20, 3], warnings: [] });
  t.deepEqual(ordering('first.article'), { field: [3, 1], warnings: [] });
  t.deepEqual(ordering('state'), { field: [4], warnings: [] });
});

test('an invalid ordering key is reported and ignored', (t) => {
  for (const key of [
    'customer',
    'lines',
    'lines.article',
    'nothing',
    'customer.id.more',
    'state.x',
    'lost.x',
    '.',
    'a.',
  ]) {
    const { field, warnings } = ordering(key);
    t.is(field, undefined, key);
    t.is(warnings.length, 1, key);
    t.true(warnings[0]?.includes('/p.S/M') && warnings[0].includes(JSON.stringify(key)), warnings[0]);
  }
});

test('fields are also found by the names that proto-loader gives them', (t) => {
  const fields = [
    { name: 'customerId', number: 7, label: OPTIONAL, type: STRING },
    { name: 'customer_id', number: 8, label: OPTIONAL, type: STRING },
  ];
  const numberOf = (field: typeof fields): readonly number[] | undefined => {
    const method = [{ name: 'M', inputType: '.p.Order', options: { orderingKey: 'customer_id' } }];
    const file = {
      name: 'p.proto',
      package: 'p',
      messageType: [{ name: 'Order', field }],
      service: [{ name: 'S', method }],
    };
    return readMethods('p.S', [codec.encode(file)], (line) => t.fail(line)).get('/p.S/M')?.orderingField;
  };
  t.deepEqual(numberOf(fields.slice(0, 1)), [7]);
  t.deepEqual(numberOf(fields), [8], 'the very name comes first');
});

function optionsOf(options: NonNullable<MethodDescriptor['options']>) {
  const wrong: string[] = [];
  const method = readMethods('p.S', files({ name: 'M', options }), (line) => wrong.push(line)).get('/p.S/M');
  return { ...method?.options, wrong };
}

test('a timeout is seconds, in whole milliseconds', (t) => {
  for (const [timeout, timeoutMs] of [
    ['1.5s', 1500],
    ['60s', 60_000],
    ['0.0001s', 1],
    ['0.3s', 300],
  ] as const) {
    t.like(optionsOf({ timeout }), { timeoutMs, wrong: [] });
  }
  for (const timeout of ['', '0s', '5', '1m', '-1s', '1.s', 'soon', '1e3s']) {
    t.like(optionsOf({ timeout }), {
      timeoutMs: undefined,
      wrong: [`the option timeout of /p.S/M is ${JSON.stringify(timeout)}; it must be seconds above 0, such as "1.5s"`],
    });
  }
});

test('partitions are a number from 1 to 10000', (t) => {
  t.like(optionsOf({ partitions: 24 }), { partitions: 24, wrong: [] });
  for (const partitions of [0, -1, 10_001]) {
    t.like(optionsOf({ partitions }), {
      partitions: undefined,
      wrong: [`the option partitions of /p.S/M is ${partitions}; it must be from 1 to 10000`],
    });
  }
});

test('idempotency levels are known by name', (t) => {
  const all = files(
    { name: 'A' },
    { name: 'B', options: { idempotencyLevel: 1 } },
    { name: 'C', options: { idempotencyLevel: 2 } },
    { name: 'D', options: { idempotencyLevel: 0, orderingKey: '' } },
  );
  const methods = readMethods('p.S', all, (line) => t.fail(line));
  const level = (name: string) => methods.get(`/p.S/${name}`)?.options.idempotencyLevel;
  t.deepEqual(['A', 'B', 'C', 'D'].map(level), [undefined, 'NO_SIDE_EFFECTS', 'IDEMPOTENT', undefined]);
  t.is(methods.size, 4);
  t.is(readMethods('p.Other', all, (line) => t.fail(line)).size, 0);
});

test('files that cannot be read are reported', (t) => {
  const warnings: string[] = [];
  t.is(readMethods('p.S', [Buffer.from([10, 200])], (line) => warnings.push(line)).size, 0);
  t.regex(warnings.join(), /descriptors of p\.S/);
});
