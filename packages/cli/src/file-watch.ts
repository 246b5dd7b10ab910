import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';

/** An editor makes several changes to save a file. Changes that follow one another within this time count as one. */
const SETTLED_MS = 50;

/** The files and events that matter to the user of a {@link FileWatch}. */
export interface FileWatchOptions {
  /** Whether a file with this name matters. */
  matters(file: string): boolean;
  /** Whether nothing in this folder (an absolute path) matters. The watched folders themselves always matter. */
  skips(folder: string): boolean;
  /** Called if a file or folder cannot be watched. All others are still watched. */
  failed(error: Error): void;
}

/**
 * Watches folders, with everything in them, and single files, until the first change. For the next change, make another one:
 * chokidar loses sight of a folder that is deleted and made again at once.
 */
export class FileWatch implements AsyncDisposable {
  /** Settles when all paths are watched, one cannot be watched, or the watch was closed. Earlier changes may not be reported. */
  readonly ready: Promise<void>;
  /** Settles after files have been added, changed or deleted, or the watch was closed. */
  readonly changed: Promise<void>;
  readonly #options: FileWatchOptions;
  readonly #watcher: FSWatcher;
  /** Absolute. */
  readonly #roots: ReadonlySet<string>;
  #change: () => void = () => undefined;
  #end: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  /** A path that does not exist is reported as one that cannot be watched. */
  constructor(paths: Iterable<string>, options: FileWatchOptions) {
    this.#options = options;
    // chokidar would be ready too early if one of its paths did not exist.
    this.#roots = new Set([...paths].map((path) => resolve(path)).filter((path) => this.#exists(path)));
    this.#watcher = watch([...this.#roots], {
      ignored: (path, stats) => this.#ignores(resolve(path), stats?.isFile() ?? false),
      ignoreInitial: true,
      followSymlinks: false,
    });
    this.#watcher.on('all', (event) => {
      if (!event.endsWith('Dir')) this.#onChange();
    });
    this.changed = new Promise((settle) => {
      this.#change = settle;
    });
    this.ready = new Promise((settle) => {
      this.#end = settle;
      if (this.#roots.size === 0) settle();
      else this.#watcher.once('ready', settle);
    });
    this.#watcher.on('error', (error) => {
      options.failed(error as Error);
      // After some errors chokidar never becomes ready.
      this.#end();
    });
  }

  #exists(path: string): boolean {
    try {
      statSync(path);
      return true;
    } catch (error) {
      this.#options.failed(error as Error);
      return false;
    }
  }

  #ignores(path: string, isFile: boolean): boolean {
    if (this.#roots.has(path)) return false;
    if (isFile && !this.#options.matters(basename(path))) return true;
    for (let folder = isFile ? dirname(path) : path; !this.#roots.has(folder); folder = dirname(folder)) {
      if (folder === dirname(folder)) return false;
      if (this.#options.skips(folder)) return true;
    }
    return false;
  }

  #onChange(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#change, SETTLED_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#end();
    this.#change();
    await this.#watcher.close();
  }
}
