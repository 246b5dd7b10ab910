import test from 'ava';
import { Queue, type Queued } from './queue.js';

class Item implements Queued<Item> {
  next: Item | undefined;

  constructor(readonly name: string) {}
}

test('items come out in the order they went in, and an emptied queue can be filled again', (t) => {
  const queue = new Queue<Item>();
  t.is(queue.shift(), undefined);
  for (const names of ['abc', 'd']) {
    for (const name of names) queue.push(new Item(name));
    t.is(queue.first?.name, names[0]);
    let taken = '';
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      taken += item.name;
      t.is(item.next, undefined, 'the item keeps no other item of the queue');
    }
    t.is(taken, names);
    t.is(queue.first, undefined);
  }
});

test('a queue that was cleared takes new items', (t) => {
  const queue = new Queue<Item>();
  for (const name of 'ab') queue.push(new Item(name));
  queue.clear();
  t.is(queue.first, undefined);
  queue.push(new Item('c'));
  t.is(queue.shift()?.name, 'c');
  t.is(queue.shift(), undefined);
});
