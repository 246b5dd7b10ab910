import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

const bin = fileURLToPath(new URL('../../../packages/cli/bin/wherry.js', import.meta.url));

/** A `wherry` that runs until the test ends. */
export interface WherryProcess {
  /** The first group of what it prints by this pattern. */
  said(pattern: RegExp): Promise<string>;
  /** Its exit code, once it has ended by itself. */
  readonly exit: Promise<number | null>;
}

/** Starts the command, under this name in its traces. */
export function wherry(t: ExecutionContext, service: string, args: readonly string[]): WherryProcess {
  const env = { ...process.env, OTEL_SERVICE_NAME: service };
  const child = spawn(process.execPath, [bin, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  t.teardown(() => {
    child.kill('SIGKILL');
    return exit;
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return {
    exit,
    said: async (pattern) => {
      for (;;) {
        const found = pattern.exec(out)?.[1];
        if (found !== undefined) return found;
        const ended = exit.then((code) => Promise.reject(new Error(`wherry ${args[0]} ended with ${code}: ${out}`)));
        await Promise.race([once(child.stdout, 'data'), ended]);
      }
    },
  };
}
