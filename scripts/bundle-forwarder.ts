import { build } from 'esbuild'

/** Bundles the forwarder into a folder: what the container runs. client-node comes as a part of its own, loaded only for a kubeconfig. */
const [outdir] = process.argv.slice(2)
if (outdir === undefined) throw new Error('usage: node scripts/bundle-forwarder.ts FOLDER')
const { metafile } = await build({
  entryPoints: { forwarder: 'forwarder/main.ts' },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  minify: true,
  metafile: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  // client-node's dependencies are CommonJS and ask for Node's modules by require.
  banner: {
    js: "import { createRequire as createRequireOf } from 'node:module';const require = createRequireOf(import.meta.url);",
  },
  legalComments: 'none',
})
for (const [file, { bytes }] of Object.entries(metafile.outputs)) console.log(`${file} ${Math.round(bytes / 1000)} KB`)
