import test from 'ava';
import type { SystemName } from '../plan.js';
import { pictureOf } from './picture.js';
import type { Summary } from './summary.js';

const machine = { date: '2026-11-25 20:00', machine: '2 x CPU <fast>', kafka: 'Apache Kafka' };
const one = (value: number) => ({ median: value, min: value / 2, max: value * 2 });

function summaryOf(system: SystemName, callsPerSecond: number): Summary {
  return {
    ...{ system, part: 'load', trial: '256', p50: one(1), p99: one(2), max: one(3), elsewhere: one(0), cpu: {} },
    ...{ timesByHand: undefined, timesDirect: undefined, refused: undefined, packingP99: undefined },
    callsPerSecond: one(callsPerSecond),
  };
}

test('a bar is as long as its figure, the best round spans the width, and ours look different', (t) => {
  const picture = pictureOf({ machine, summary: [summaryOf('channel', 8000), summaryOf('direct', 1000)] });
  t.regex(picture, /<rect class="ours" x="290" y="\d+" width="190\.0"/);
  t.regex(picture, /<rect class="other" x="290" y="\d+" width="23\.8"/);
  t.regex(picture, /M385\.0 \d+H670\.0/);
  t.regex(picture, />8,000</);
});

test('what was not measured has no panel, and what is written is escaped', (t) => {
  const picture = pictureOf({ machine, summary: [summaryOf('by-hand', 10)] });
  t.is(picture.match(/class="title"/g)?.length, 1);
  t.regex(picture, /2 x CPU &lt;fast&gt;; Apache Kafka; 2026-11-25 20:00/);
});
