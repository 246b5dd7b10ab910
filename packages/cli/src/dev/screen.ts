import { fit, wrap } from '../terminal/text.js';
import type { ProjectState } from './project-runner.js';

/** The state of everything that `wherry dev` runs. */
export interface DevState {
  readonly brokers: string;
  readonly gateway: string;
  /** The services that have a live worker. */
  readonly services: readonly string[];
  readonly projects: readonly ProjectState[];
}

const marks = { building: '…', running: '✓', restarting: '…', ended: '·', failed: '✗' } as const;

/**
 * Draws the state as lines that fit on a screen. Below it are the newest printed lines, as many as fit.
 *
 * @param printed lines of the programs, each with the name of its program in front.
 */
export function drawScreen(state: DevState, printed: readonly string[], columns: number, rows: number): string[] {
  const services = state.services.length === 0 ? 'none yet' : [...state.services].sort().join(', ');
  const lines = [
    `broker    ${state.brokers}`,
    `gateway   ${state.gateway}`,
    `services  ${services}`,
    '',
    ...state.projects.flatMap((project) => drawProject(project, columns)),
    ...(state.projects.length === 0
      ? ['no workers: --no-workers is set, or package.json has no script "worker" and the folder has no worker file']
      : []),
    '',
    `npx wherry call --list --brokers ${state.brokers}`,
    'Ctrl-C stops all of it.',
  ].flatMap((line) => wrap(line, columns));
  const room = rows - lines.length - 2;
  if (room > 0 && printed.length > 0) lines.push('', ...printed.slice(-room));
  return lines.slice(0, Math.max(1, rows - 1)).map((line) => fit(line, columns));
}

function drawProject({ project, state, since, restarts, problem }: ProjectState, columns: number): string[] {
  const times = restarts === 0 ? '' : `, started again ${restarts === 1 ? 'once' : `${restarts} times`}`;
  const head = `${marks[state]} ${project.name}  ${state} since ${since.toTimeString().slice(0, 8)}${times}`;
  return [head, ...problem.map((line) => fit(`    ${line}`, columns))];
}
