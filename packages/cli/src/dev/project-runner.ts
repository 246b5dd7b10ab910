import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FolderWatch } from '../gen/watch-folders.js';
import { Child } from './child.js';
import type { Project } from './projects.js';

/** What is to be known of a project. */
export interface ProjectState {
  readonly project: Project;
  readonly state: 'making code' | 'running' | 'restarting' | 'ended' | 'failed';
  /** When it came to that. */
  readonly since: Date;
  /** How often its worker was started again. */
  readonly restarts: number;
  /** Why it failed, or what else is wrong: a line that says so, and the last lines of who failed. */
  readonly problem: readonly string[];
}

/** What {@link ProjectRunner} tells. */
export interface RunnerEvents {
  /** Its state is another. `news` says it in words. */
  changed(project: Project, news: string): void;
  /** One of its programs printed a line. */
  line(project: Project, text: string): void;
}

/**
 * Runs a project's worker, and starts it again when a source file has changed; makes code again when a .proto file has. What has
 * failed waits for a change.
 */
export class ProjectRunner {
  readonly #project: Project;
  readonly #env: Readonly<Record<string, string>>;
  readonly #events: RunnerEvents;
  readonly #watch: FolderWatch;
  /** What has changed and was not acted on. */
  readonly #changed = new Set<'source' | 'proto'>();
  #running: Promise<void> | undefined;
  #worker: Child | undefined;
  /** All that runs. */
  readonly #children = new Set<Child>();
  #started = 0;
  #closed = false;
  #state: ProjectState;
  /** What keeps a folder from being watched: a line, if anything does. */
  #unwatched: readonly string[] = [];

  constructor(project: Project, env: Readonly<Record<string, string>>, events: RunnerEvents) {
    this.#project = project;
    this.#env = env;
    this.#events = events;
    this.#state = { project, state: 'making code', since: new Date(), restarts: 0, problem: [] };
    this.#watch = new FolderWatch(
      (name) => this.#counts(name),
      () => this.#settled(),
    );
  }

  get state(): ProjectState {
    return { ...this.#state, problem: [...this.#state.problem, ...this.#unwatched] };
  }

  /** Makes code, starts the worker, and watches from now on. */
  start(): void {
    this.#watchFolders();
    this.#changed.add('proto');
    this.#act();
  }

  /** Ends all that it runs. */
  async stop(): Promise<void> {
    this.#close();
    await Promise.all([...this.#children].map((child) => child.stop()));
    await this.#running;
  }

  /** The same at once. Harmless when repeated. */
  kill(): void {
    this.#close();
    for (const child of this.#children) child.kill();
  }

  #close(): void {
    this.#closed = true;
    this.#watch[Symbol.dispose]();
  }

  #watchFolders(): void {
    const { folder } = this.#project;
    const before = this.#unwatched[0];
    try {
      this.#watch.watch(foldersOf(folder));
      this.#unwatched = [];
    } catch (error) {
      const { code, path, message } = error as NodeJS.ErrnoException;
      // Deleted since it was found: the one it was in has changed again.
      if (code === 'ENOENT' && path !== folder) return;
      this.#unwatched = [`changes may be missed: ${message}`];
    }
    const [problem] = this.#unwatched;
    if (problem !== before) this.#events.changed(this.#project, problem ?? 'all folders are watched');
  }

  #counts(name: string): boolean {
    const { gen, typescript } = this.#project;
    if (name.endsWith('.proto')) this.#changed.add(gen === undefined ? 'source' : 'proto');
    else if (isSource(name, typescript)) this.#changed.add('source');
    // A name without an ending may be a new folder.
    else return !name.includes('.');
    return true;
  }

  #settled(): void {
    this.#watchFolders();
    this.#act();
  }

  #act(): void {
    this.#running ??= this.#actAll().finally(() => {
      this.#running = undefined;
    });
  }

  async #actAll(): Promise<void> {
    while (this.#changed.size > 0 && !this.#closed) {
      const makes = this.#changed.has('proto');
      this.#changed.clear();
      // What has changed beside a .proto file counts when there is code again, as the worker then starts whatever was made.
      if (!makes || (await this.#makeCode())) await this.#startWorker();
    }
  }

  /** @returns whether there is code. */
  async #makeCode(): Promise<boolean> {
    const { gen } = this.#project;
    if (gen === undefined) return true;
    if (this.#worker === undefined) this.#become('making code', gen.join(' '));
    const child = this.#run(gen);
    const how = await child.ended;
    if (this.#closed) return false;
    if (child.succeeded) {
      if (this.#state.state !== 'failed') this.#state = { ...this.#state, problem: [] };
      return true;
    }
    const problem = [`${gen.join(' ')} ended with ${how}; it waits for a change`, ...child.lines];
    // A worker that runs goes on with the code that it has.
    this.#become(this.#worker === undefined ? 'failed' : 'running', problem[0] ?? '', problem);
    return false;
  }

  async #startWorker(): Promise<void> {
    const { worker, env } = this.#project;
    const before = this.#worker;
    if (before !== undefined) {
      this.#become('restarting', 'a file has changed; the worker starts again');
      this.#worker = undefined;
      await before.stop();
    }
    if (this.#closed) return;
    // It starts with all that has changed until now, which is also what was made.
    this.#changed.delete('source');
    const child = this.#run(worker, env);
    this.#worker = child;
    this.#started++;
    this.#become('running', worker.join(' '));
    void child.ended.then((how) => this.#onEnded(child, how));
  }

  #onEnded(child: Child, how: string): void {
    // One that was stopped is not this one any more.
    if (this.#worker !== child || this.#closed) return;
    this.#worker = undefined;
    const news = `the worker ended with ${how}; it starts again when a file changes`;
    this.#become(child.succeeded ? 'ended' : 'failed', news, [news, ...child.lines]);
  }

  #run(command: readonly string[], env: Project['env'] = {}): Child {
    const { folder } = this.#project;
    const child = new Child(command, folder, { ...this.#env, ...env }, (text) =>
      this.#events.line(this.#project, text),
    );
    this.#children.add(child);
    void child.ended.then(() => this.#children.delete(child));
    return child;
  }

  #become(state: ProjectState['state'], news: string, problem: readonly string[] = []): void {
    const restarts = Math.max(0, this.#started - 1);
    this.#state = { project: this.#project, state, since: new Date(), restarts, problem };
    this.#events.changed(this.#project, news);
  }
}

/** Whether a file of this name is what a worker is made of. What compilers write is not. */
function isSource(name: string, typescript: boolean): boolean {
  if (name === 'package.json' || /^tsconfig.*\.json$/.test(name)) return true;
  return typescript ? /(?<!\.d)\.[cm]?ts$/.test(name) : /\.[cm]?[jt]s$/.test(name);
}

/** A folder and those in it, without what is installed, hidden, or made, and what cannot be read. */
function foldersOf(folder: string): Set<string> {
  const folders = new Set([folder]);
  for (const one of folders) {
    let entries: Dirent[];
    try {
      entries = readdirSync(one, { withFileTypes: true });
    } catch {
      if (one !== folder) folders.delete(one);
      continue;
    }
    for (const entry of entries) {
      if (entry.isDirectory() && !/^(\..*|node_modules|dist|coverage)$/.test(entry.name)) {
        folders.add(join(one, entry.name));
      }
    }
  }
  return folders;
}
