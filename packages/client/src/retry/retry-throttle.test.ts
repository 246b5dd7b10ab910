import test from 'ava';
import { RetryThrottle } from './retry-throttle.js';

function fail(throttle: RetryThrottle, times: number): void {
  for (let time = 0; time < times; time++) throttle.failed();
}

test('the throttle closes at half of the tokens, and opens above', (t) => {
  const throttle = new RetryThrottle({ maxTokens: 10, tokenRatio: 0.1 });
  fail(throttle, 4);
  t.true(throttle.open);
  fail(throttle, 1);
  t.false(throttle.open);
  throttle.succeeded();
  t.true(throttle.open);
});

test('the number of tokens stays between 0 and the maximum', (t) => {
  const throttle = new RetryThrottle({ maxTokens: 2, tokenRatio: 0.5 });
  for (let time = 0; time < 10; time++) throttle.succeeded();
  fail(throttle, 1);
  t.false(throttle.open);
  fail(throttle, 100);
  for (let time = 0; time < 2; time++) throttle.succeeded();
  t.false(throttle.open, 'one token of two');
  throttle.succeeded();
  t.true(throttle.open);
});

test('a ratio has three decimals, and many of them add up exactly', (t) => {
  const throttle = new RetryThrottle({ maxTokens: 1000, tokenRatio: 0.0019 });
  fail(throttle, 501);
  for (let time = 0; time < 1000; time++) throttle.succeeded();
  t.false(throttle.open, '499 and 1000 thousandths are 500');
  throttle.succeeded();
  t.true(throttle.open);
});

test('fractions of tokens', (t) => {
  const throttle = new RetryThrottle({ maxTokens: 0.5, tokenRatio: 1.001 });
  t.true(throttle.open);
  fail(throttle, 1);
  t.false(throttle.open);
  throttle.succeeded();
  t.true(throttle.open);
});
