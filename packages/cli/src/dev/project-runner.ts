import { basename } from 'node:path';
import { FileWatch } from '../file-watch.js';
import { Child } from './child.js';
import type { Project } from './projects.js';
import { isSource, SourceFiles, skipsFolder } from './source-files.js';

/** The state of a project. */
export interface ProjectState {
  readonly project: Project;
  /** `building`: code is generated or built, and no worker runs yet. */
  readonly state: 'building' | 'running' | 'restarting' | 'ended' | 'failed';
  /** When the project came to this state. */
  readonly since: Date;
  /** How often its worker was started again. */
  readonly restarts: number;
  /** Why it failed, or another problem: one line that says so, and the last lines of the program that failed. */
  readonly problem: readonly string[];
}

/** The events that {@link ProjectRunner} reports. */
export interface RunnerEvents {
  /** The state has changed. `news` says how, in words. */
  changed(project: Project, news: string): void;
  /** A program of the project printed a line. */
  line(project: Project, text: string): void;
}

/**
 * Builds and runs the worker of a project, and does so again when a source file has changed. Generates code again when a .proto
 * file has changed. After a failure it waits for the next change.
 */
export class ProjectRunner {
  readonly #project: Project;
  readonly #env: Readonly<Record<string, string>>;
  readonly #events: RunnerEvents;
  #watch: FileWatch | undefined;
  /** The .proto files from which code was generated last. */
  #generated: SourceFiles | undefined;
  /** The source files with which the worker was built and started last. */
  #started: SourceFiles | undefined;
  #running: Promise<void> | undefined;
  #worker: Child | undefined;
  /** All programs that run. */
  readonly #children = new Set<Child>();
  #starts = 0;
  #closed = false;
  #state: ProjectState;
  /** At most one line, if some folder cannot be watched. */
  #unwatched: readonly string[] = [];

  constructor(project: Project, env: Readonly<Record<string, string>>, events: RunnerEvents) {
    this.#project = project;
    this.#env = env;
    this.#events = events;
    this.#state = { project, state: 'building', since: new Date(), restarts: 0, problem: [] };
  }

  get state(): ProjectState {
    return { ...this.#state, problem: [...this.#state.problem, ...this.#unwatched] };
  }

  /** Generates code, starts the worker, and watches for changes from now on. */
  start(): void {
    this.#running = this.#runAll();
  }

  /** Stops everything that it runs. */
  async stop(): Promise<void> {
    this.#close();
    await Promise.all([...this.#children].map((child) => child.stop()));
    await this.#running;
  }

  /** Kills everything that it runs. Harmless when repeated. */
  kill(): void {
    this.#close();
    for (const child of this.#children) child.kill();
  }

  #close(): void {
    this.#closed = true;
    void this.#watch?.[Symbol.asyncDispose]();
  }

  /** Brings the worker up to date after each change, until the runner is closed. */
  async #runAll(): Promise<void> {
    while (!this.#closed) {
      await using watch = await this.#watchFolder();
      if (!(await this.#update())) await watch.changed;
    }
  }

  /** @returns a watch that is ready. */
  async #watchFolder(): Promise<FileWatch> {
    const { folder, typescript } = this.#project;
    let problem: string | undefined;
    this.#watch = new FileWatch([folder], {
      matters: (name) => isProto(name) || isSource(name, typescript),
      skips: (path) => skipsFolder(basename(path)),
      failed: ({ message }) => {
        problem ??= `changes may be missed: ${message}`;
      },
    });
    await this.#watch.ready;
    const [before] = this.#unwatched;
    this.#unwatched = problem === undefined ? [] : [problem];
    if (problem !== before) this.#events.changed(this.#project, problem ?? 'all folders are watched');
    return this.#watch;
  }

  /**
   * Generates, builds and starts, as far as files have changed.
   *
   * @returns whether any have. More of them may have changed in the meantime.
   */
  async #update(): Promise<boolean> {
    if (this.#closed) return false;
    const protos = this.#protos();
    const sources = this.#sources();
    const generates = this.#project.gen !== undefined && !same(protos, this.#generated);
    if (!generates && same(sources, this.#started)) return false;
    if (generates) {
      this.#generated = protos;
      if (!(await this.#generate())) {
        // Changed source files do not matter now: the worker starts in any case once code exists.
        this.#started = sources;
        return true;
      }
    }
    await this.#startWorker();
    return true;
  }

  #protos(): SourceFiles {
    return new SourceFiles(this.#project.folder, isProto);
  }

  #sources(): SourceFiles {
    const { folder, gen, typescript } = this.#project;
    return new SourceFiles(folder, (name) => (gen === undefined && isProto(name)) || isSource(name, typescript));
  }

  /** @returns whether there is code. */
  async #generate(): Promise<boolean> {
    const { gen } = this.#project;
    if (gen === undefined) return true;
    if (this.#worker === undefined) this.#become('building', textOf(gen));
    const child = this.#run(gen);
    const how = await child.ended;
    if (this.#closed) return false;
    if (child.succeeded) {
      if (this.#state.state !== 'failed') this.#state = { ...this.#state, problem: [] };
      return true;
    }
    // A running worker continues with the code that it has.
    this.#waitForChange(this.#worker === undefined ? 'failed' : 'running', gen, how, child);
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
    // Everything that has changed until now is in the build, also the generated code.
    this.#started = this.#sources();
    if (!(await this.#build())) return;
    const child = this.#run(worker, env);
    this.#worker = child;
    this.#starts++;
    this.#become('running', textOf(worker));
    void child.ended.then((how) => this.#onEnded(child, how));
  }

  /** @returns whether the worker can start. */
  async #build(): Promise<boolean> {
    const { build, env } = this.#project;
    if (build === undefined) return true;
    this.#become('building', textOf(build));
    const child = this.#run(build, env);
    const how = await child.ended;
    if (this.#closed) return false;
    if (!child.succeeded) this.#waitForChange('failed', build, how, child);
    return child.succeeded;
  }

  #waitForChange(state: ProjectState['state'], command: readonly string[], how: string, { lines }: Child): void {
    const news = `${textOf(command)} ended with ${how}; it waits for a change`;
    this.#become(state, news, [news, ...lines]);
  }

  #onEnded(child: Child, how: string): void {
    // A worker that the runner has stopped is no longer the current one.
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
    const restarts = Math.max(0, this.#starts - 1);
    this.#state = { project: this.#project, state, since: new Date(), restarts, problem };
    this.#events.changed(this.#project, news);
  }
}

function isProto(name: string): boolean {
  return name.endsWith('.proto');
}

function same(now: SourceFiles, before: SourceFiles | undefined): boolean {
  return before !== undefined && now.equals(before);
}

/** A command as a person would type it: that of a script without its shell. */
function textOf(command: readonly string[]): string {
  const [program, flag, script] = command;
  return program === 'sh' && flag === '-c' && script !== undefined ? script : command.join(' ');
}
