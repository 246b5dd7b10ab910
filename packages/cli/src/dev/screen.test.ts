import test from 'ava';
import type { ProjectState } from './project-runner.js';
import { type DevState, drawScreen } from './screen.js';

const project = {
  name: 'stock',
  folder: '/stock',
  worker: ['node', 'worker.js'],
  env: {},
  gen: undefined,
  typescript: false,
  build: undefined,
};
const since = new Date(2026, 0, 15, 12, 0, 1);
const running: ProjectState = { project, state: 'running', since, restarts: 2, problem: [] };

function stateOf(...projects: ProjectState[]): DevState {
  return { brokers: '127.0.0.1:9092', gateway: '127.0.0.1:50051', services: ['b.B', 'a.A'], projects };
}

test('it shows what runs where, and what failed and why', (t) => {
  const failed: ProjectState = { ...running, state: 'failed', restarts: 0, problem: ['it ended', 'Error: no'] };
  const lines = drawScreen(stateOf(running, { ...failed, project: { ...project, name: 'orders' } }), [], 80, 40);
  t.deepEqual(lines, [
    'broker    127.0.0.1:9092',
    'gateway   127.0.0.1:50051',
    'services  a.A, b.B',
    '',
    '✓ stock  running since 12:00:01, started again 2 times',
    '✗ orders  failed since 12:00:01',
    '    it ended',
    '    Error: no',
    '',
    'npx wherry call --list --brokers 127.0.0.1:9092',
    'Ctrl-C stops all of it.',
  ]);
});

test('the newest printed lines fill the rest, and nothing is wider or higher than the screen', (t) => {
  const printed = Array.from({ length: 50 }, (_, index) => `stock | ${index} ${'x'.repeat(100)}`);
  const lines = drawScreen(stateOf(running), printed, 40, 20);
  t.is(lines.length, 19);
  t.regex(lines.at(-1) ?? '', /^stock \| 49 x+…$/);
  for (const line of lines) t.true(line.length <= 40);
});

test('without workers it says what a worker is', (t) => {
  t.true(
    drawScreen(stateOf(), [], 80, 40).some((line) =>
      line.startsWith('no workers: --no-workers is set, or package.json has no script'),
    ),
  );
});

test('on a narrow terminal addresses are whole, and nothing is wider than it', (t) => {
  const failed: ProjectState = { ...running, state: 'failed', problem: ['the worker ended with exit code 1'] };
  for (let columns = 20; columns < 60; columns++) {
    const lines = drawScreen(stateOf(running, failed), ['stock | hello'], columns, 100);
    for (const line of lines) t.true(line.length <= columns, `${columns}: ${line}`);
    t.true(lines.some((line) => line.includes('127.0.0.1:9092')));
    t.true(lines.some((line) => line.includes('127.0.0.1:50051')));
    t.is(lines.at(-1), 'stock | hello');
  }
});

test('on a low terminal it draws as much as there is room for', (t) => {
  t.deepEqual(drawScreen(stateOf(running), [], 80, 3), ['broker    127.0.0.1:9092', 'gateway   127.0.0.1:50051']);
});
