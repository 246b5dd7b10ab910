import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { OffsetTracker, type TrackedRecord } from './offset-tracker.js';

test('nothing is committed before anything was read', (t) => {
  t.is(new OffsetTracker().takeCommit(), undefined);
});

test('a record is passed when the last of its calls is answered', (t) => {
  const tracker = new OffsetTracker();
  const record = tracker.begin(10, 2);
  t.is(tracker.takeCommit(), undefined);
  tracker.answered(record);
  t.is(tracker.takeCommit(), undefined);
  tracker.answered(record);
  t.is(tracker.takeCommit(), 11);
});

test('a record without calls is passed at once, but not before earlier records', (t) => {
  const tracker = new OffsetTracker();
  tracker.begin(0, 0);
  t.is(tracker.takeCommit(), 1);
  const record = tracker.begin(1, 1);
  tracker.begin(2, 0);
  t.is(tracker.takeCommit(), undefined);
  tracker.answered(record);
  t.is(tracker.takeCommit(), 3);
});

test('calls may be answered out of order, and only an earlier unanswered record holds the watermark back', (t) => {
  const tracker = new OffsetTracker();
  const [first, second, third] = [0, 1, 2].map((offset) => tracker.begin(offset, 1)) as [
    TrackedRecord,
    TrackedRecord,
    TrackedRecord,
  ];
  tracker.answered(third);
  t.is(tracker.takeCommit(), undefined);
  tracker.answered(first);
  t.is(tracker.takeCommit(), 1);
  tracker.answered(second);
  t.is(tracker.takeCommit(), 3);
});

test('offsets may have gaps, as a compacted or transactional topic has', (t) => {
  const tracker = new OffsetTracker();
  const record = tracker.begin(7, 1);
  tracker.begin(1000, 0);
  tracker.answered(record);
  t.is(tracker.takeCommit(), 1001);
});

test('an offset that was committed is not committed again', (t) => {
  const tracker = new OffsetTracker();
  tracker.begin(0, 0);
  t.is(tracker.takeCommit(), 1);
  t.is(tracker.takeCommit(), undefined);
  tracker.begin(1, 0);
  t.is(tracker.takeCommit(), 2);
});

test('a commit that failed is repeated, up to the watermark at that time', (t) => {
  const tracker = new OffsetTracker();
  tracker.begin(0, 0);
  t.is(tracker.takeCommit(), 1);
  tracker.uncommit();
  t.is(tracker.takeCommit(), 1);
  tracker.uncommit();
  tracker.begin(1, 0);
  t.is(tracker.takeCommit(), 2);
});

type Step = { read: number; gap: number } | { answer: number } | 'commit' | 'fail';
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ read: fc.nat(4), gap: fc.oneof(fc.constant(0), fc.nat(5)) }) },
  { weight: 8, arbitrary: fc.record({ answer: fc.nat() }) },
  { weight: 2, arbitrary: fc.constant('commit' as const) },
  { weight: 1, arbitrary: fc.constant('fail' as const) },
);

/** The simplest model of the tracker: every record, and how many of its calls are open. */
class Model {
  readonly records: { offset: number; open: number }[] = [];

  get watermark(): number | undefined {
    const first = this.records.findIndex(({ open }) => open > 0);
    const done = first < 0 ? this.records : this.records.slice(0, first);
    const last = done.at(-1);
    return last === undefined ? undefined : last.offset + 1;
  }
}

test('in any order of answers the watermark is right after the last record before the first unanswered one', (t) => {
  fc.assert(
    fc.property(fc.nat(1000), fc.array(step, { maxLength: 150 }), (start, steps) => {
      const tracker = new OffsetTracker();
      const model = new Model();
      const unanswered: { tracked: TrackedRecord; known: { open: number } }[] = [];
      let offset = start;
      let committed: number | undefined;
      const checkCommit = (): void => {
        const expected = model.watermark === committed ? undefined : model.watermark;
        assert.equal(tracker.takeCommit(), expected);
        committed = model.watermark;
      };
      for (const act of steps) {
        if (act === 'commit') {
          checkCommit();
        } else if (act === 'fail') {
          tracker.uncommit();
          committed = undefined;
        } else if ('read' in act) {
          offset += act.gap;
          const known = { offset, open: act.read };
          model.records.push(known);
          const tracked = tracker.begin(offset++, act.read);
          for (let call = 0; call < act.read; call++) unanswered.push({ tracked, known });
        } else if (unanswered.length > 0) {
          const [one] = unanswered.splice(act.answer % unanswered.length, 1);
          if (one === undefined) continue;
          one.known.open--;
          tracker.answered(one.tracked);
        }
      }
      checkCommit();
      for (const { tracked, known } of unanswered) {
        known.open--;
        tracker.answered(tracked);
      }
      checkCommit();
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

test('the watermark is right over many records, even if the first is answered last', (t) => {
  const tracker = new OffsetTracker();
  const many = 10_000;
  const records = Array.from({ length: many }, (_, offset) => tracker.begin(offset, 1));
  for (const record of records.slice(1).reverse()) tracker.answered(record);
  t.is(tracker.takeCommit(), undefined);
  tracker.answered(records[0] as TrackedRecord);
  t.is(tracker.takeCommit(), many);
  for (let offset = many; offset < 2 * many; offset++) {
    const record = tracker.begin(offset, 1);
    t.is(tracker.takeCommit(), undefined);
    tracker.answered(record);
    if (tracker.takeCommit() !== offset + 1) t.fail(`not passed: ${offset}`);
  }
});
