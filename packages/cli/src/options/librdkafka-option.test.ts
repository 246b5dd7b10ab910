import test from 'ava';
import { addLibrdkafkaOption } from './librdkafka-option.js';

test('options add up, and a value may contain the equals sign', (t) => {
  const first = addLibrdkafkaOption('security.protocol=ssl');
  t.deepEqual(addLibrdkafkaOption('sasl.password=a=b=', first), {
    'security.protocol': 'ssl',
    'sasl.password': 'a=b=',
  });
  t.deepEqual(first, { 'security.protocol': 'ssl' });
});

test('the last of two with the same name counts; a value may be empty', (t) => {
  t.deepEqual(addLibrdkafkaOption('a=', addLibrdkafkaOption('a=1')), { a: '' });
});

for (const text of ['', 'name', '=value', ' =value']) {
  test(`${JSON.stringify(text)} is no option`, (t) => {
    t.throws(() => addLibrdkafkaOption(text), { instanceOf: RangeError, message: /is not name=value/ });
  });
}
