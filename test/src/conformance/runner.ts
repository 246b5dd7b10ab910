import { fileURLToPath } from 'node:url';
import { type GoProgram, goProgram } from '@wherry/tools/local';
import { run } from '../support/other-languages.js';

const program: GoProgram = {
  name: 'connectconformance',
  module: 'connectrpc.com/conformance',
  version: 'v1.0.7',
  folder: 'cmd/connectconformance',
  takes: 'about a minute',
};
const config = fileURLToPath(new URL('../../conformance.yaml', import.meta.url));
const serverUnderTest = fileURLToPath(new URL('./server-under-test.js', import.meta.url));
/** What a run may take before the runner is ended. */
export const LIMIT_MS = 300_000;

/** What came of a run. */
export interface ConformanceResult {
  readonly total: number;
  readonly passed: number;
  /** The names of the cases that failed. */
  readonly failed: readonly string[];
  readonly output: string;
}

/** The path of connectrpc's conformance runner. Builds it on first use. */
export function buildRunner(): Promise<string> {
  return goProgram(program);
}

/**
 * Runs conformance cases against the servers at `port`: one server after another, and few calls at once, because some cases have time
 * limits.
 *
 * @param only the names of the cases. Default: all.
 * @throws Error with the runner's output if the runner does not come to a result.
 */
export async function runConformance(
  runner: string,
  port: number,
  only: readonly string[] = [],
): Promise<ConformanceResult> {
  const options = ['--mode', 'server', '--conf', config, '--verbose', '--max-servers', '1', '--parallel', '4'];
  const cases = only.flatMap((name) => ['--run', name]);
  const args = [...options, ...cases, '--', process.execPath, serverUnderTest, String(port)];
  // Its exit code is 1 if a case fails.
  const output = await run(runner, args, { timeout: LIMIT_MS }).catch(
    (error: Error & { stdout?: string }) => `${error.stdout ?? ''}\n${error.message}`,
  );
  const [, total, passed] = /Total cases: (\d+)\n(\d+) passed/.exec(output) ?? [];
  if (total === undefined) throw new Error(`the conformance runner came to no result:\n${output}`);
  const failed = [...output.matchAll(/^FAILED: (.+):$/gm)].flatMap(([, name = '']) => name);
  return { total: Number(total), passed: Number(passed), failed: [...new Set(failed)], output };
}
