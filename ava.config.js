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
  // The tests of a file take turns. With this option, AVA also runs one file at a time, whatever `concurrency` says. So `npm test` runs
  // several AVAs (tools/src/run-tests.ts). On real Kafka these share a broker, and each test has topics of its own.
  serial: true,
  timeout: '120s',
};
