/** How commands end, for the tools of this repository alone. */
export { exitCodeOf, StoppedError, UsageError } from './errors.js';
export { logTo } from './log-line.js';
export { serveUntilStopped } from './serve.js';
export { StopSignals } from './stop-signals.js';
