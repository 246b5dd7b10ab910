import { INVALID_SPAN_CONTEXT, type Link, type Span, type SpanContext, trace } from '@opentelemetry/api';
import type { InboxAddress } from '@wherry/wire';
import test from 'ava';
import { Attempts } from './attempts.js';

const worker = (name: string): InboxAddress => ({ topic: name, partition: 0 });
const contextOf = (spanId: string): SpanContext => ({ ...INVALID_SPAN_CONTEXT, spanId });
const [first, second, third] = ['first', 'second', 'third'].map(worker) as [InboxAddress, InboxAddress, InboxAddress];

/** A span that keeps its links. */
function reply(): { span: Span; links: string[] } {
  const links: string[] = [];
  const span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  span.addLink = ({ context }: Link) => {
    links.push(context.spanId);
    return span;
  };
  return { span, links };
}

test('those before whoever answers were lost, whether that one told or not', (t) => {
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

test('a worker that tells twice, and answers, has lost nothing', (t) => {
  const attempts = new Attempts();
  attempts.begun(first, contextOf('1'));
  t.is(attempts.begun(first, contextOf('1')), 0);
  const { span, links } = reply();
  t.is(attempts.answered(first, span), 0);
  t.deepEqual(links, []);
});

test('a worker that was only held up answers before the one that took over', (t) => {
  const attempts = new Attempts();
  attempts.begun(first, contextOf('1'));
  attempts.begun(second, contextOf('2'));
  t.is(attempts.answered(first, reply().span), 0);
});

test('who begins a call that is accepted was not before', (t) => {
  const attempts = new Attempts();
  attempts.begun(first, contextOf('1'));
  attempts.answered(first, reply().span);
  t.is(attempts.begun(second, contextOf('2')), 0);
  const { span, links } = reply();
  t.is(attempts.answered(first, span), 0);
  t.deepEqual(links, []);
});
