import { DescriptorCodec, type MethodDescriptor } from '@wherry/wire';
import test from 'ava';
import { readMethods } from './method-catalog.js';

const [OPTIONAL, REPEATED] = [1, 3];
const [INT64, STRING, MESSAGE, ENUM] = [3, 9, 11, 14];

const codec = new DescriptorCodec();
const customer = codec.encode({
  name: 'customer.proto',
  package: 'c',
  messageType: [{ name: 'Customer', field: [{ name: 'id', number: 3, label: OPTIONAL, type: INT64 }] }],
});

/** The files of a service whose methods take an order. */
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

test('an ordering key that is none is said, and nothing is ordered by it', (t) => {
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

test('files that cannot be read are said, and no more', (t) => {
  const warnings: string[] = [];
  t.is(readMethods('p.S', [Buffer.from([10, 200])], (line) => warnings.push(line)).size, 0);
  t.regex(warnings.join(), /descriptors of p\.S/);
});
