import { type FSWatcher, watch } from 'node:fs';

/** An editor that saves a file makes several changes of it: one after another within this time are one. */
const SETTLED_MS = 50;

/** Watches folders, each without those in it, and tells when something in one of them has changed. */
export class FolderWatch implements Disposable {
  readonly #changed: (name: string) => boolean;
  readonly #settled: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param changed whether a change of an entry of this name counts.
   * @param settled called after changes that count.
   */
  constructor(changed: (name: string) => boolean, settled: () => void) {
    this.#changed = changed;
    this.#settled = settled;
  }

  /**
   * These folders from now on, and no others.
   *
   * @throws Error of the first that cannot be watched, when all others are.
   */
  watch(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    const failed: unknown[] = [];
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      try {
        this.#begin(folder);
      } catch (error) {
        failed.push(error);
      }
    }
    if (failed.length > 0) throw failed[0];
  }

  #begin(folder: string): void {
    const watcher = watch(folder, (_event, name) => this.#onChange(name));
    // A folder that is deleted: the one it is in has changed too.
    watcher.on('error', () => watcher.close());
    this.#watchers.set(folder, watcher);
  }

  #onChange(name: string | null): void {
    if (name !== null && !this.#changed(name)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#settled, SETTLED_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }
}
