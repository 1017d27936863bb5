import { chart, helm, noHelm } from '../test/helm.ts'
import { chartModes } from '../test/forwarder/chart-modes.ts'

// Lints and renders the chart in every mode, and prints the rights that it asks for.
if (noHelm !== undefined) {
  console.error(noHelm)
  process.exit(1)
}
for (const [mode, values] of Object.entries(chartModes)) {
  const sets = values.flatMap((value) => ['--set', value])
  await helm('lint', '--strict', chart, ...sets)
  const manifests = await helm('template', 'kulprit', chart, '--namespace', 'kulprit', ...sets)
  console.log(`ok  ${mode}: ${manifests.split(/^kind: /m).length - 1} objects`)
}
console.log(
  await helm(
    'template',
    'kulprit',
    chart,
    '--namespace',
    'kulprit',
    '--set',
    'cluster=prod',
    '--show-only',
    'templates/rbac.yaml',
  ),
)
