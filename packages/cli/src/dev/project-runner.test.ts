import { join } from 'node:path';
import test from 'ava';
import { ProjectRunner } from './project-runner.js';

test('a folder that cannot be watched is a problem that is told once, whatever else becomes of the project', async (t) => {
  const folder = join(import.meta.dirname, 'not-there');
  const project = { name: 'stock', folder, worker: [process.execPath, '-v'], gen: undefined, typescript: false };
  const told: string[] = [];
  const runner = new ProjectRunner(
    project,
    {},
    { changed: (_project, news) => void told.push(news), line: () => undefined },
  );
  runner.start();
  t.deepEqual(
    runner.state.problem.filter((line) => /^changes may be missed: ENOENT: .*not-there/.test(line)).length,
    1,
  );
  t.is(told.filter((news) => news.startsWith('changes may be missed: ')).length, 1);
  await runner.stop();
});
