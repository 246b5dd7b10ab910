import { compressions as supported } from '@wherry/kafka';
import test from 'ava';
import { compressions } from './kafka-options.js';

test('--compression offers every compression that @wherry/kafka supports', (t) => {
  t.deepEqual([...compressions], [...supported]);
});
