import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

/** A worker or a caller that can be killed. */
export interface EndpointProcess {
  readonly inbox: string;
  readonly pid: number;
  /** The next thing the process says. */
  said(): Promise<unknown>;
  /** SIGKILL: it is gone at once, and closes nothing. */
  kill(): Promise<void>;
  /** SIGSTOP, then SIGCONT: it is held up, like a program in a paused machine. */
  pause(): void;
  resume(): void;
  /** SIGTERM: it drains and ends; the exit code. */
  drain(): Promise<number | null>;
}

/** Starts an echo worker as a process; it is ended with the test. */
export function startWorkerProcess(t: ExecutionContext, brokers: string, namespace: string): Promise<EndpointProcess> {
  return startProcess(t, 'echo-worker', brokers, namespace);
}

/** Starts a script of this folder, which tells its inbox once it is ready. */
export async function startProcess(
  t: ExecutionContext,
  name: 'echo-worker' | 'echo-caller' | 'stream-caller' | 'traced-worker',
  ...args: readonly string[]
): Promise<EndpointProcess> {
  const script = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const child = fork(script, [...args], { stdio: 'inherit' });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  t.teardown(() => end(child, 'SIGKILL', exited));
  const ready = once(child, 'message').then(([said]) => said as { inbox: string });
  const early: Promise<never> = exited.then(([code]) =>
    Promise.reject(new Error(`${name} ended with ${code} before it was ready`)),
  );
  const { inbox } = await Promise.race([ready, early]);
  const said = once(child, 'message').then(([what]) => what as unknown);
  return {
    inbox,
    pid: child.pid ?? 0,
    said: () => Promise.race([said, early]),
    kill: async () => {
      await end(child, 'SIGKILL', exited);
    },
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    drain: () => end(child, 'SIGTERM', exited),
  };
}

async function end(
  child: ChildProcess,
  signal: 'SIGKILL' | 'SIGTERM',
  exited: Promise<[number | null]>,
): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  const [code] = await exited;
  return code;
}
