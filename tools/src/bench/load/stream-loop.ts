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
      const onWay: { body: Body; begunAt: number }[] = [];
      const stream = open(
        (reply) => {
          const first = onWay.shift();
          const problem = first === undefined ? new Error('a message that was not sent') : first.body.wrong(reply);
          if (first === undefined || problem !== null) return fail(problem ?? new Error('nothing is on its way'));
          samples.add(performance.now() - first.begunAt);
          send(first.body);
          if (onWay.length === 0) stream.end();
          if (samples.count === sent) {
            const seconds = (performance.now() - start) / 1000;
            outcome = { cpu: cpuTime(), figures: { calls: samples.count, seconds, ...samples.percentiles() } };
          }
        },
        (error) => {
          if (error !== null || onWay.length > 0) return fail(error ?? new Error('a stream ended with messages on it'));
          if (--openStreams > 0 || outcome === undefined) return;
          clearTimeout(timer);
          resolve(outcome);
        },
      );
      const send = (body: Body): void => {
        if (sent >= load.maxCalls || performance.now() >= lastStart) return;
        sent++;
        onWay.push({ body, begunAt: performance.now() });
        stream.send(body.next());
      };
      for (let at = 0; at < load.window; at++) send(new Body(number * load.window + at, load.bodyBytes));
      // Time was over before its turn came.
      if (onWay.length === 0) stream.end();
    };
    for (let number = 0; number < load.streams; number++) run(number);
  });
}
