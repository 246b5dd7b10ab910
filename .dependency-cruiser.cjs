/**
 * What may import what. DESIGN.md shows the same table, and a test compares the two.
 * A package may import the packages in its list and no others.
 */
const imports = {
  wire: [],
  kafka: [],
  endpoint: ['wire', 'kafka'],
  client: ['wire', 'kafka', 'endpoint'],
  worker: ['wire', 'kafka', 'endpoint'],
  gateway: ['endpoint', 'client', 'worker'],
  otel: ['wire', 'kafka', 'endpoint', 'client', 'worker'],
  codegen: [],
  cli: ['wire', 'kafka', 'endpoint', 'client', 'worker', 'gateway', 'otel', 'codegen'],
};

const rules = Object.entries(imports).map(([name, allowed]) => ({
  name: `${name}-imports`,
  severity: 'error',
  from: { path: `^packages/${name}/src`, pathNot: '\\.test\\.ts$' },
  to: { path: '^packages/', pathNot: [`^packages/${name}/`, ...allowed.map((other) => `^packages/${other}/`)] },
}));

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'one-folder-imports-node-rdkafka',
      comment:
        'Only the adapter knows the client library. The benchmarks measure it, and tests of the adapter replace it.',
      severity: 'error',
      from: { pathNot: ['^packages/kafka/src/log/', '^tools/bench/src/', '^test/src/support/'] },
      to: { path: 'node-rdkafka' },
    },
    {
      name: 'memory-starts-in-milliseconds',
      comment: 'Unit tests on Kafka in memory do not load librdkafka.',
      severity: 'error',
      from: { path: '^packages/kafka/src/memory' },
      to: { path: 'node-rdkafka', reachable: true },
    },
    {
      name: 'no-import-from-product-to-tests',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(test|tools|examples)/' },
    },
    {
      name: 'no-import-from-tools-to-benchmarks',
      severity: 'error',
      from: { path: '^tools/src/' },
      to: { path: '^tools/bench/' },
    },
    ...rules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
