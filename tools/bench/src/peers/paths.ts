import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// src/peers and dist/peers are equally deep, so this holds for both.
const top = fileURLToPath(new URL('../../../../', import.meta.url));

/** Where the peers' own code and list of packages is. */
export const peersFolder = resolve(top, 'tools/bench/peers');

/** Where what is built of them is kept. */
const built = resolve(top, '.peers');

export const twoHopsSource = join(peersFolder, 'c/two-hops.c');
export const twoHopsProgram = join(built, 'two-hops');

export const springFolder = join(peersFolder, 'spring');
export const springJars = join(built, 'spring/jars');
export const springClasses = join(built, 'spring/classes');

/** A peer's code for Node, once it is compiled. */
export function peerModule(name: 'kafkajs' | 'nestjs' | 'nats'): string {
  return join(peersFolder, 'dist', `${name}.js`);
}
