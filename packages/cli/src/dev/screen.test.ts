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
};
const since = new Date(2026, 0, 15, 12, 0, 1);
const running: ProjectState = { project, state: 'running', since, restarts: 2, problem: [] };

function stateOf(...projects: ProjectState[]): DevState {
  return { brokers: '127.0.0.1:9092', gateway: '127.0.0.1:50051', services: ['b.B', 'a.A'], projects };
}

test('it says what runs where, and what failed and why', (t) => {
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
    'wherry call --list --brokers 127.0.0.1:9092',
    'Ctrl-C stops all of it.',
  ]);
});

test('what was printed last fills the rest, and nothing is wider or higher than the screen', (t) => {
  const printed = Array.from({ length: 50 }, (_, index) => `stock | ${index} ${'x'.repeat(100)}`);
  const lines = drawScreen(stateOf(running), printed, 40, 20);
  t.is(lines.length, 19);
  t.regex(lines.at(-1) ?? '', /^stock \| 49 x+…$/);
  for (const line of lines) t.true(line.length <= 40);
});

test('without workers it says what one would be', (t) => {
  t.true(drawScreen(stateOf(), [], 80, 40).some((line) => line.startsWith('no workers: package.json has no script')));
});
