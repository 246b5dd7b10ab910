import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('../python/', import.meta.url));
const execute = promisify(execFile);

/** Returns a Python with grpcio, in a virtual environment beside the server. The first call makes it, in about a minute. */
export async function pythonWithGrpc(): Promise<string> {
  const home = join(folder, '.venv');
  const python = join(home, 'bin/python');
  const installed = join(home, 'installed');
  if (existsSync(installed)) return python;
  console.log('installing grpcio for Python (only once) …');
  try {
    await execute('python3', ['-m', 'venv', '--clear', home]);
    const args = ['-m', 'pip', 'install', '--quiet', '--requirement', join(folder, 'requirements.txt')];
    await execute(python, args);
  } catch (error) {
    const reason = (error as Error).message.trim().split('\n').at(-1);
    throw new Error(`this example needs Python 3 with venv, and grpcio from PyPI: ${reason}`, { cause: error });
  }
  await writeFile(installed, '');
  return python;
}

/** A running Python server. Ends its process when disposed. */
export interface Server extends AsyncDisposable {
  /** `HOST:PORT` */
  readonly address: string;
}

/** Starts the server as a process of its own, and waits until it listens. */
export async function startServer(python: string): Promise<Server> {
  const child = spawn(python, [join(folder, 'server.py')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const address = await new Promise<string>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${python} cannot be run: ${error.message}`)));
    child.once('close', (code) => reject(new Error(`the Python server ended with exit code ${code}`)));
    createInterface(child.stdout).on('line', (line) => {
      const [, where] = /^listening on (\S+)$/.exec(line) ?? [];
      if (where !== undefined) resolve(where);
    });
  });
  return {
    address,
    [Symbol.asyncDispose]: () => {
      child.kill();
      return gone;
    },
  };
}
