import { createContextKey, propagation, ROOT_CONTEXT, type TextMapPropagator, trace } from '@opentelemetry/api';
import type { MetadataEntries } from '@wherry/wire';
import test from 'ava';
import { CallersContext, isContextW3c, isUnsampled } from './unsampled-calls.js';

const ids = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';

test('a call is unsampled if its W3C trace context says so', (t) => {
  const with_ = (...entries: MetadataEntries): boolean => isUnsampled(entries);
  t.true(with_(['user', 'ada'], ['traceparent', `${ids}-00`]));
  t.false(with_(['traceparent', `${ids}-01`]));
  t.false(with_(['user', '00']));
  t.false(with_());
  t.false(with_(['traceparent', '-00']));
  t.false(with_(['traceparent', `${ids}-01`], ['traceparent', `${ids}-00`]), 'the first one counts');
  t.false(with_(['traceparent', Buffer.from(`${ids}-00`)]));
});

test.serial('context is W3C if the propagator reads nothing else', (t) => {
  t.teardown(() => propagation.disable());
  const isW3c = (...fields: string[]): boolean => {
    propagation.disable();
    const propagator: TextMapPropagator = { inject() {}, extract: (context) => context, fields: () => fields };
    propagation.setGlobalPropagator(propagator);
    return isContextW3c();
  };
  t.true(isW3c('traceparent', 'tracestate', 'baggage'));
  t.true(isW3c('traceparent', 'tracestate'));
  t.false(isW3c('baggage'));
  t.false(isW3c('traceparent', 'tracestate', 'b3'));
  t.false(isW3c('b3'));
  propagation.disable();
  t.false(isContextW3c());
});

test.serial("a caller's context is extracted once, at first use", (t) => {
  t.teardown(() => propagation.disable());
  propagation.disable();
  let extracted = 0;
  const key = createContextKey('of the caller');
  propagation.setGlobalPropagator({
    inject() {},
    extract: (context) => {
      extracted++;
      return context.setValue(key, 'there');
    },
    fields: () => [],
  });
  const context = new CallersContext([]);
  t.is(extracted, 0);
  t.is(context.getValue(key), 'there');
  t.is(context.deleteValue(key).getValue(key), undefined);
  const span = trace.wrapSpanContext({ traceId: '1', spanId: '2', traceFlags: 0 });
  t.is(trace.getSpan(trace.setSpan(context, span)), span);
  t.is(trace.setSpan(context, span).getValue(key), 'there');
  t.is(extracted, 1);
  t.is(ROOT_CONTEXT.getValue(key), undefined);
});
