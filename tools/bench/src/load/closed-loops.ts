import type { Latencies } from './latencies.js';
import {
  ANSWER_LIMIT_MS,
  Body,
  type Call,
  type ClosedLoop,
  type Load,
  type Measured,
  type OpenStream,
  randomWait,
  type StreamLoop,
} from './load.js';

/**
 * Makes calls in a closed loop. Compares every answer with its request.
 *
 * @param atEnd is called when the last answer has come, before the figures are made.
 * @throws Error if a call fails, or an answer is wrong or does not come.
 */
export function closedLoop<T>(
  call: Call,
  load: Load & ClosedLoop,
  latencies: Latencies,
  atEnd: () => T,
): Promise<Measured<T>> {
  return new Promise((resolve, reject) => {
    latencies.restart(load.maxCalls);
    let begun = 0;
    const start = performance.now();
    const lastStart = start + load.durationMs;
    const lost = () =>
      reject(new Error(`${begun - latencies.count} calls without an answer for ${ANSWER_LIMIT_MS} ms`));
    const timer = setTimeout(lost, load.durationMs + ANSWER_LIMIT_MS);
    const fail = (error: Error) => {
      clearTimeout(timer);
      begun = load.maxCalls; // no caller makes another call
      reject(error);
    };

    const next = (body: Body): void => {
      if (begun >= load.maxCalls || performance.now() >= lastStart) {
        if (latencies.count < begun) return;
        clearTimeout(timer);
        const seconds = (performance.now() - start) / 1000;
        const read = atEnd();
        resolve({ figures: { calls: latencies.count, seconds, ...latencies.percentiles() }, atEnd: read });
        return;
      }
      begun++;
      const waitMs = randomWait(load.wait);
      const bytes = body.next();
      const begunAt = performance.now();
      call(bytes, waitMs, (error, reply) => {
        const problem = error ?? body.wrong(reply);
        if (problem !== null) return fail(problem);
        latencies.add(performance.now() - begunAt - waitMs);
        next(body);
      });
    };
    for (let number = 0; number < load.callers; number++) next(new Body(number, load.bodyBytes));
  });
}

/**
 * Keeps messages in flight on streams: sends the next message when one has come back. Compares every message with the one that
 * was sent.
 *
 * @param atEnd is called when the last message has come back, before the figures are made.
 * @throws Error if a stream ends early, or a message is wrong or does not come back.
 */
export function streamLoop<T>(
  open: OpenStream,
  load: Load & StreamLoop,
  latencies: Latencies,
  atEnd: () => T,
): Promise<Measured<T>> {
  return new Promise((resolve, reject) => {
    latencies.restart(load.maxCalls);
    const start = performance.now();
    const lastStart = start + load.durationMs;
    let sent = 0;
    let openStreams = load.streams;
    let outcome: Measured<T> | undefined;
    const lost = () => {
      const missing = sent - latencies.count;
      const problem = missing > 0 ? `${missing} messages did not come back` : `${openStreams} streams did not end`;
      reject(new Error(`${problem} within ${ANSWER_LIMIT_MS} ms`));
    };
    const timer = setTimeout(lost, load.durationMs + ANSWER_LIMIT_MS);
    const fail = (error: Error) => {
      clearTimeout(timer);
      sent = load.maxCalls; // no stream sends another message
      reject(error);
    };

    const run = (number: number): void => {
      // Messages come back in the order they were sent, and each is then sent again: the next to come back is always `due`.
      const bodies = Array.from(
        { length: load.window },
        (_, at) => new Body(number * load.window + at, load.bodyBytes),
      );
      const begunAt = new Float64Array(load.window);
      let due = 0;
      let onWay = 0;
      const stream = open(
        (reply) => {
          const problem = onWay === 0 ? new Error('a message that was not sent') : bodies[due]?.wrong(reply);
          if (problem) return fail(problem);
          onWay--;
          const now = performance.now();
          latencies.add(now - (begunAt[due] as number));
          send(due, now);
          due = (due + 1) % load.window;
          if (onWay === 0) stream.end();
          if (latencies.count === sent) {
            const seconds = (performance.now() - start) / 1000;
            const read = atEnd();
            outcome = { figures: { calls: latencies.count, seconds, ...latencies.percentiles() }, atEnd: read };
          }
        },
        (error) => {
          if (error !== null || onWay > 0) return fail(error ?? new Error('a stream ended with messages on it'));
          if (--openStreams > 0 || outcome === undefined) return;
          clearTimeout(timer);
          resolve(outcome);
        },
      );
      const send = (at: number, now: number): void => {
        const body = bodies[at];
        if (body === undefined || sent >= load.maxCalls || now >= lastStart) return;
        sent++;
        onWay++;
        begunAt[at] = now;
        stream.send(body.next());
      };
      for (let at = 0; at < load.window; at++) send(at, performance.now());
      // The time was over before this stream's first message.
      if (onWay === 0) stream.end();
    };
    for (let number = 0; number < load.streams; number++) run(number);
  });
}
