export default {
  files: [
    'packages/*/dist/**/*.test.js',
    'examples/*/dist/**/*.test.js',
    'tools/dist/**/*.test.js',
    'tools/bench/dist/**/*.test.js',
    'test/dist/**/*.test.js',
  ],
  // node-rdkafka is a native module that cannot be loaded twice in one process.
  workerThreads: false,
  nodeArguments: ['--enable-source-maps'],
  // Tests that share a broker take turns, so that what one does to it is not another's trouble. With this AVA also runs one file at a time,
  // whatever `concurrency` says: `npm test` runs several AVAs (tools/src/run-tests.ts).
  serial: true,
  timeout: '120s',
};
