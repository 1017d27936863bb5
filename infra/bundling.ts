import { fileURLToPath } from 'node:url'

/** How functions are bundled: by CDK for a deployment, and by the benchmark that measures the result. */
export const bundling = {
  target: 'node24',
  minify: true,
  charset: 'utf8',
  // The packages' ESM builds are a third smaller than the CommonJS that esbuild takes by default.
  mainFields: ['module', 'main'],
  alias: { '@aws-sdk/credential-provider-node': fileURLToPath(new URL('./lambda-credentials.ts', import.meta.url)) },
} as const
