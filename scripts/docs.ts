/** Writes the generated documents anew; with --check, fails where one differs from what stands in the tree. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { catalogue } from '../shared/causes/catalogue.ts'
import { eventSchemas } from '../shared/events.ts'
import { openApi } from '../shared/openapi.ts'
import { renderCatalogue } from '../shared/render/catalogue.ts'

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
const fileOf = (detailType: string) => `docs/events/${detailType.toLowerCase().replaceAll(' ', '-')}.json`

const documents: Readonly<Record<string, string>> = {
  'docs/causes.md': renderCatalogue(catalogue),
  'docs/openapi.json': json(openApi()),
  ...Object.fromEntries(
    Object.entries(eventSchemas).map(([detailType, schema]) => [
      fileOf(detailType),
      json({ title: detailType, ...z.toJSONSchema(schema, { io: 'input' }) }),
    ]),
  ),
}

const root = join(import.meta.dirname, '..')
const check = process.argv.includes('--check')
const stale: string[] = []
for (const [file, text] of Object.entries(documents)) {
  const path = join(root, file)
  if (check) {
    if (readIfThere(path) !== text) stale.push(file)
    continue
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
if (stale.length > 0) {
  console.error(`docs: ${stale.join(', ')} differ from the code: run 'npm run docs' and commit what it writes`)
  process.exit(1)
}
console.log(`docs: ${Object.keys(documents).length} documents ${check ? 'agree with the code' : 'written'}`)

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
