import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ProjectRunner } from './project-runner.js';

test('a folder that cannot be watched is a problem that is reported once, whatever else happens to the project', async (t) => {
  const folder = join(import.meta.dirname, 'not-there');
  const project = {
    name: 'stock',
    folder,
    worker: [process.execPath, '-v'],
    env: {},
    gen: undefined,
    build: undefined,
    typescript: false,
  };
  const told: string[] = [];
  const failed = new EventEmitter();
  const changed = (_project: unknown, news: string): void => {
    told.push(news);
    if (news.startsWith('the worker ended')) failed.emit('failed');
  };
  const runner = new ProjectRunner(project, {}, { changed, line: () => undefined });
  runner.start();
  await once(failed, 'failed');
  t.deepEqual(
    runner.state.problem.filter((line) => /^changes may be missed: ENOENT: .*not-there/.test(line)).length,
    1,
  );
  t.is(told.filter((news) => news.startsWith('changes may be missed: ')).length, 1);
  await runner.stop();
});

/** A project that runs in a folder of its own, and its events. */
class Running {
  readonly told: string[] = [];
  readonly states: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'wherry-runner-'));
  readonly #more = new EventEmitter();

  /** @param gen the script that generates code. */
  constructor(t: ExecutionContext, gen: string, files: Readonly<Record<string, string>>, build?: readonly string[]) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
    const project = { name: 'stock', folder: this.#folder, env: {}, typescript: false };
    const commands = { worker: [process.execPath, 'src/worker.js'], gen: ['sh', '-c', gen], build };
    const tell = (_project: unknown, text: string): void => {
      this.told.push(text);
      this.#more.emit('more');
    };
    const changed = (project: unknown, text: string): void => {
      this.states.push(runner.state.state);
      tell(project, text);
    };
    const runner = new ProjectRunner({ ...project, ...commands }, {}, { changed, line: tell });
    t.teardown(async () => {
      await runner.stop();
      rmSync(this.#folder, { recursive: true });
    });
    runner.start();
  }

  /** Writes all of a file at once, so that it changes once. */
  write(name: string, text: string): void {
    const path = join(this.#folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  }

  async line(pattern: RegExp): Promise<void> {
    while (!this.told.some((line) => pattern.test(line))) await once(this.#more, 'more');
  }

  /** How often the worker was started. */
  get starts(): number {
    return this.told.filter((line) => line.endsWith('src/worker.js')).length;
  }
}

const worker = `
  const { readFileSync } = require('node:fs');
  console.log('it has ' + readFileSync('src/gen/a.js', 'utf8'));
  setInterval(() => undefined, 1000);`;

test('the worker has what was made, also where that replaces its folder, and starts once for it', async (t) => {
  const gen = 'rm -rf src/gen && mkdir -p src/gen && cp proto/a.proto src/gen/a.js';
  const running = new Running(t, gen, { 'src/worker.js': worker, 'src/gen/a.js': '0', 'proto/a.proto': '1' });
  await running.line(/^it has 1$/);
  for (const number of ['2', '3', '4']) {
    running.write('proto/a.proto', number);
    await running.line(new RegExp(`^it has ${number}$`));
  }
  t.is(running.starts, 4);
});

test('what is made in place starts the worker once', async (t) => {
  const running = new Running(t, 'cp proto/a.proto src/gen/a.js', {
    'src/worker.js': worker,
    'src/gen/a.js': '0',
    'proto/a.proto': '1',
  });
  await running.line(/^it has 1$/);
  running.write('proto/a.proto', '2');
  await running.line(/^it has 2$/);
  t.is(running.starts, 2);
});

test('a source file that changes while no code can be made counts when it can', async (t) => {
  const running = new Running(t, '! grep -q bad proto/a.proto', {
    'src/worker.js': worker,
    'src/gen/a.js': '1',
    'proto/a.proto': 'good',
  });
  await running.line(/^it has 1$/);
  running.write('src/worker.js', worker.replace('it has', 'it is new and has'));
  running.write('proto/a.proto', 'bad');
  await running.line(/ended with exit code 1; it waits for a change$/);
  running.write('proto/a.proto', 'good');
  await running.line(/^it is new and has 1$/);
  t.is(running.starts, 2);
});

test('a project is building until its worker runs, and a build that fails waits for a change', async (t) => {
  const files = { 'src/worker.js': worker, 'src/gen/a.js': '1', 'proto/a.proto': '1' };
  const running = new Running(t, 'true', files, ['sh', '-c', 'echo built; ! grep -q bad src/gen/a.js']);
  await running.line(/^it has 1$/);
  t.deepEqual(running.states, ['building', 'building', 'running']);
  running.write('src/gen/a.js', 'bad');
  await running.line(/^echo built; .* ended with exit code 1; it waits for a change$/);
  t.deepEqual(running.states.slice(3), ['restarting', 'building', 'failed']);
  running.write('src/gen/a.js', '2');
  await running.line(/^it has 2$/);
  t.deepEqual(running.states.slice(6), ['building', 'running']);
});
