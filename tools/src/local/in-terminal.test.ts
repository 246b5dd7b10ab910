import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';

const script = fileURLToPath(new URL('./in-terminal.test.helpers.js', import.meta.url));

class Toy {
  readonly process: ChildProcess;
  readonly exit: Promise<number | NodeJS.Signals>;
  all = '';

  constructor(t: ExecutionContext, behaviour: string) {
    t.timeout(60_000);
    this.process = spawn(process.execPath, [script, behaviour], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.all += text;
        this.process.emit('said');
      });
    }
    this.exit = once(this.process, 'close').then(([code, signal]) => code ?? signal);
    t.teardown(() => this.process.kill('SIGKILL'));
  }

  async said(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.all)) await once(this.process, 'said');
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends a server with exit code 0, and one that still starts too`, async (t) => {
    const running = new Toy(t, 'runs');
    const starting = new Toy(t, 'hangs');
    await Promise.all([running.said(/^up$/m), starting.said(/ toy: starting\n/)]);
    for (const toy of [running, starting]) toy.process.kill(signal);
    t.is(await running.exit, 0);
    t.is(await starting.exit, 0);
    t.notRegex(starting.all, /^up$/m);
    const line = /^[\d-]+T[\d:.]+Z toy: /;
    for (const text of starting.all.trimEnd().split('\n')) t.regex(text, line);
  });
}

test('a second signal ends a server that does not stop', async (t) => {
  const toy = new Toy(t, 'stays');
  await toy.said(/^up$/m);
  toy.process.kill('SIGTERM');
  await toy.said(/stopping/);
  toy.process.kill('SIGINT');
  t.is(await toy.exit, 'SIGINT');
});

test('a wrong command line gives exit code 2, and a failure 1', async (t) => {
  for (const [behaviour, code] of [
    ['wrong', 2],
    ['fails', 1],
  ] as const) {
    t.is(await new Toy(t, behaviour).exit, code);
  }
});
