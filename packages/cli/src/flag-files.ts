import { readFileSync } from 'node:fs';

/**
 * What is in a file that a flag names.
 *
 * @throws Error that names the flag, where the file cannot be read.
 */
export function readFlagFile(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${flag}: ${(error as Error).message}`, { cause: error });
  }
}
