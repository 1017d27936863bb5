/** Imports run one way: see the table in CONTRIBUTING.md. */
const only = (from, to, comment) => ({
  name: `${from}-imports`,
  comment,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^(shared|functions|forwarder|infra|cli|local|web|test|bench|scripts)/',
    pathNot: `^(${[from, ...to].join('|')})/`,
  },
})

export default {
  forbidden: [
    only('shared', [], 'the domain knows nobody'),
    only('functions', ['shared'], 'a function is built from the domain alone'),
    only('forwarder', ['shared'], 'what runs in the cluster is built from the domain alone'),
    only('local', ['shared', 'functions'], 'the local host runs the very functions'),
    only('cli', ['shared', 'forwarder', 'local', 'infra'], 'the command line starts everything'),
    only('infra', ['shared'], 'functions are taken by path, table keys and patterns from the domain'),
    {
      name: 'shared-dependencies',
      comment: 'the domain is pure: zod and hashing, no AWS, no Kubernetes client, no HTTP',
      severity: 'error',
      from: { path: '^shared/', pathNot: '^shared/aws/' },
      to: { dependencyTypes: ['npm', 'core'], pathNot: '(node_modules/zod/|^(node:)?crypto$)' },
    },
    {
      name: 'cluster-client',
      comment: 'client-node is heavy and costs each test suite seconds: one adapter each',
      severity: 'error',
      from: { pathNot: '^(forwarder|cli|test/cluster|test/forwarder|bench)/' },
      to: { path: 'node_modules/@kubernetes/client-node', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'aws-clients',
      comment: 'DynamoDB is spoken to in shared/aws alone',
      severity: 'error',
      from: { path: '^(functions|shared|local|cli|forwarder)/', pathNot: '^shared/aws/' },
      to: { path: 'node_modules/@aws-sdk/(client-dynamodb|lib-dynamodb)' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    // aws-lambda is types alone (@types/aws-lambda).
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^aws-lambda$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(cdk\\.out|test/fixtures)' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
}
