import { INVALID_SPAN_CONTEXT, type Link, type Span, type SpanContext, trace } from '@opentelemetry/api';
import type { InboxAddress } from '@wherry/wire';
import test from 'ava';
import { Attempts } from './attempts.js';

const worker = (name: string): InboxAddress => ({ topic: name, partition: 0 });
const contextOf = (spanId: string): SpanContext => ({ ...INVALID_SPAN_CONTEXT, spanId });
const [first, second, third] = ['first', 'second', 'third'].map(worker) as [InboxAddress, InboxAddress, InboxAddress];

/** A span that records the links it is given. */
function reply(): { span: Span; links: string[] } {
  const links: string[] = [];
  const span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  span.addLink = ({ context }: Link) => {
    links.push(context.spanId);
    return span;
  };
  return { span, links };
}

test('all workers before the one that answers were lost, whether that one said that it began or not', (t) => {
  for (const tells of [true, false]) {
    const attempts = new Attempts();
    t.is(attempts.begun(first, contextOf('1')), 0);
    t.is(attempts.begun(second, contextOf('2')), 1);
    if (tells) t.is(attempts.begun(third, contextOf('3')), 2);
    const { span, links } = reply();
    t.is(attempts.answered(third, span), 2);
    t.deepEqual(links, ['1', '2']);
  }
});

test('no worker was lost if one says twice that it began, and answers', (t) => {
  const attempts = new Attempts();
  attempts.begun(first, contextOf('1'));
  t.is(attempts.begun(first, contextOf('1')), 0);
  const { span, links } = reply();
  t.is(attempts.answered(first, span), 0);
  t.deepEqual(links, []);
});

test('no worker was lost if one that was held up answers before the one that took over', (t) => {
  const attempts = new Attempts();
  attempts.begun(first, contextOf('1'));
  attempts.begun(second, contextOf('2'));
  t.is(attempts.answered(first, reply().span), 0);
});

test('a worker that begins an accepted call took over from nobody', (t) => {
  const attempts = new Attempts();
  attempts.begun(first, contextOf('1'));
  attempts.answered(first, reply().span);
  t.is(attempts.begun(second, contextOf('2')), 0);
  const { span, links } = reply();
  t.is(attempts.answered(first, span), 0);
  t.deepEqual(links, []);
});
