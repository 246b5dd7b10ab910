import { Body } from './body.js';
import { ANSWER_LIMIT_MS, type Figures, type Load, type OpenStream, type StreamLoop } from './load.js';
import { Samples } from './samples.js';

/**
 * Sends on streams, and the next message when one has come back. Every message is compared with what was sent.
 *
 * @param cpuTime is asked when the last message has come back, before the figures are made.
 * @throws Error where a stream ends early, a message is wrong, or one does not come.
 */
export function streamLoop<T>(
  open: OpenStream,
  load: Load & StreamLoop,
  cpuTime: () => T,
): Promise<{ figures: Figures; cpu: T }> {
  return new Promise((resolve, reject) => {
    const samples = new Samples(load.maxCalls);
    const start = performance.now();
    const lastStart = start + load.durationMs;
    let sent = 0;
    let openStreams = load.streams;
    let outcome: { figures: Figures; cpu: T } | undefined;
    const lost = () =>
      reject(new Error(`${sent - samples.count} messages did not come back within ${ANSWER_LIMIT_MS} ms`));
    const timer = setTimeout(lost, load.durationMs + ANSWER_LIMIT_MS);
    const fail = (error: Error) => {
      clearTimeout(timer);
      sent = load.maxCalls; // nobody goes on
      reject(error);
    };

    const run = (number: number): void => {
      // They come back in the order they were sent, and each is sent again when it has: always the one that is due.
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
          samples.add(now - (begunAt[due] as number));
          send(due, now);
          due = (due + 1) % load.window;
          if (onWay === 0) stream.end();
          if (samples.count === sent) {
            const seconds = (performance.now() - start) / 1000;
            outcome = { cpu: cpuTime(), figures: { calls: samples.count, seconds, ...samples.percentiles() } };
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
      // Time was over before its turn came.
      if (onWay === 0) stream.end();
    };
    for (let number = 0; number < load.streams; number++) run(number);
  });
}
