import test from 'ava';
import { Timeline } from './timeline.js';

test('an outage that goes on has no end, and ends once', (t) => {
  let now = 100;
  const timeline = new Timeline(['one'], () => now);
  const end = timeline.beginOutage('all');
  t.true(timeline.excuses('anybody', 500, 500, 600));
  now = 200;
  end();
  now = 300;
  end();
  t.true(timeline.excuses('anybody', 0, 200, 600));
  t.false(timeline.excuses('anybody', 0, 201, 600));
});

test('an outage of one caller excuses no other one', (t) => {
  const timeline = new Timeline(['one'], () => 100);
  timeline.beginOutage({ caller: 'caller-1' });
  t.true(timeline.excuses('caller-1', 0, 50, 150));
  t.false(timeline.excuses('caller-2', 0, 50, 150));
});

test('with one of two servers down, calls are not excused; with both down, they are', (t) => {
  let now = 100;
  const timeline = new Timeline(['one', 'two'], () => now);
  timeline.beginOutage({ server: 'one' });
  t.false(timeline.excuses('anybody', 0, 50, 150));
  now = 120;
  timeline.beginOutage({ server: 'two' });
  t.true(timeline.excuses('anybody', 0, 50, 150));
  t.false(timeline.excuses('anybody', 0, 50, 119));
  now = 200;
  timeline.endOutages();
  t.false(timeline.excuses('anybody', 0, 201, 300));
});

test('a fault goes on until the system is healthy again', (t) => {
  let now = 100;
  const timeline = new Timeline([], () => now);
  const fault = timeline.beginFault('kind', 'what', true);
  t.is(timeline.faultOf(500, 600), fault);
  fault.endedAt = 200;
  fault.healthyAt = 300;
  t.is(timeline.faultOf(250, 600), fault);
  t.is(timeline.faultOf(301, 600), undefined);
  t.is(timeline.faultOf(50, 99), undefined);
  now = 400;
  const next = timeline.beginFault('kind', 'what', true);
  t.deepEqual(timeline.faultsDuring(250, 500), [fault, next]);
  t.is(next.number, 2);
});
