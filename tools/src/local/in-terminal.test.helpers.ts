/** A server for the test of `runInTerminal`. Its argument says how it behaves. */
import { readCommandLine, runInTerminal, runMain } from './in-terminal.js';

const [behaviour] = process.argv.slice(2);
const never = new Promise<never>(() => undefined);

runMain(async () => {
  readCommandLine(() => {
    if (behaviour === 'wrong') throw new Error('--port is x');
  });
  await runInTerminal(
    'toy',
    async (log): Promise<AsyncDisposable> => {
      log('starting');
      if (behaviour === 'fails') throw new Error('no Java');
      const running = setInterval(() => undefined, 1_000_000);
      if (behaviour === 'hangs') await never;
      return {
        [Symbol.asyncDispose]: async () => {
          if (behaviour === 'stays') await never;
          clearInterval(running);
        },
      };
    },
    () => console.log('up'),
  );
});
