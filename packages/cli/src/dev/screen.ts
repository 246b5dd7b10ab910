import type { ProjectState } from './project-runner.js';

/** What runs where. */
export interface DevState {
  readonly brokers: string;
  readonly gateway: string;
  /** Those that have a live worker. */
  readonly services: readonly string[];
  readonly projects: readonly ProjectState[];
}

const marks = { 'making code': '…', running: '✓', restarting: '…', ended: '·', failed: '✗' } as const;

/**
 * What runs where and what failed, as lines; below it the last lines that were printed, as many as there is room for.
 *
 * @param printed each with the name of who printed it before it.
 */
export function drawScreen(state: DevState, printed: readonly string[], columns: number, rows: number): string[] {
  const lines = [
    `broker    ${state.brokers}`,
    `gateway   ${state.gateway}`,
    `services  ${state.services.length === 0 ? 'none yet' : [...state.services].sort().join(', ')}`,
    '',
    ...state.projects.flatMap(drawProject),
  ];
  if (state.projects.length === 0)
    lines.push('no workers: package.json has no script "worker", and there is no worker.ts');
  lines.push('', `wherry call --list --brokers ${state.brokers}`, 'Ctrl-C stops all of it.');
  const room = rows - lines.length - 2;
  if (room > 0 && printed.length > 0) lines.push('', ...printed.slice(-room));
  return lines.map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line));
}

function drawProject({ project, state, since, restarts, problem }: ProjectState): string[] {
  const times = restarts === 0 ? '' : `, started again ${restarts === 1 ? 'once' : `${restarts} times`}`;
  const head = `${marks[state]} ${project.name}  ${state} since ${since.toTimeString().slice(0, 8)}${times}`;
  return [head, ...problem.map((line) => `    ${line}`)];
}
