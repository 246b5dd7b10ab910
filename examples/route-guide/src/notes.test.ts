import test from 'ava';
import { Notes } from './notes.js';

const here = { latitude: 1, longitude: 2 };
const there = { latitude: 2, longitude: 1 };

const note = (message: string) => ({ location: here, message });

test('a note is answered with those left before at its point, oldest first', (t) => {
  const notes = new Notes();
  const [first, second, third] = [note('first'), note('second'), note('third')];
  t.deepEqual(notes.leave(first), []);
  t.deepEqual(notes.leave({ location: there, message: 'elsewhere' }), []);
  t.deepEqual(notes.leave(second), [first]);
  t.deepEqual(notes.leave(third), [first, second]);
});

test('of many notes at a point the last hundred are kept', (t) => {
  const notes = new Notes();
  for (let number = 0; number < 150; number++) notes.leave({ location: here, message: `${number}` });
  const kept = notes.leave({ location: here, message: 'last' });
  t.is(kept.length, 100);
  t.is(kept[0]?.message, '50');
});
