import { type FSWatcher, watch } from 'node:fs';
import { basename, join, sep } from 'node:path';

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
   * @param settled called after changes that count, and where a folder has gone, which is then watched no more.
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
    const watcher = watch(folder, (event, name) => this.#onChange(folder, event, name));
    // A folder that is deleted: the one it is in has changed too.
    watcher.on('error', () => watcher.close());
    this.#watchers.set(folder, watcher);
  }

  #onChange(folder: string, event: string, name: string | null): void {
    let counts = name === null || this.#changed(name);
    if (event === 'rename' && name !== null) {
      // Made, moved or deleted; of its own deletion a folder tells by its own name.
      if (this.#forget(join(folder, name))) counts = true;
      if (name === basename(folder) && this.#forget(folder)) counts = true;
    }
    if (!counts) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#settled, SETTLED_MS);
  }

  /**
   * A folder may have gone, with all in it. One that is made again in its place is another, of which its watcher would not tell.
   *
   * @returns whether it was watched.
   */
  #forget(folder: string): boolean {
    if (!this.#watchers.has(folder)) return false;
    for (const [one, watcher] of this.#watchers) {
      if (one !== folder && !one.startsWith(folder + sep)) continue;
      watcher.close();
      this.#watchers.delete(one);
    }
    return true;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }
}
