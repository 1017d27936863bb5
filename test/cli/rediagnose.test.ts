import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { applyFact } from '../../shared/aws/apply.ts'
import { connectBus } from '../../shared/aws/bus.ts'
import { loadIncident } from '../../shared/aws/incidents.ts'
import { identityOf } from '../../shared/incident.ts'
import { startAwsEndpoint, type AwsEndpoint } from '../aws-endpoint.ts'
import { at, diagnosisOf, observationOf } from '../samples.ts'
import { startTable, type TestTable } from '../table.ts'

const run = promisify(execFile)
let store: TestTable
let aws: AwsEndpoint
const observation = observationOf()
const id = identityOf(observation.subject)

beforeAll(async () => {
  store = await startTable()
  aws = await startAwsEndpoint()
  const bus = connectBus('kulprit', { endpoint: aws.url })
  const diagnosis = diagnosisOf(observation, { cause: 'UnexplainedExit', family: 'crash', confidence: 'possible' })
  await applyFact({ table: store.table, bus, retentionDays: 90 }, id, { kind: 'observed', observation, diagnosis }, at(0))
  bus.client.destroy()
})
afterAll(async () => {
  await aws.close()
  await store.close()
})

const rediagnose = async (...given: readonly string[]) => {
  const env = { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: store.endpoint, AWS_ENDPOINT_URL_EVENTBRIDGE: aws.url }
  const cli = join(import.meta.dirname, '../../cli/kulprit.mjs')
  return (await run(process.execPath, [cli, 'rediagnose', '--table', store.table.name, ...given], { env })).stdout
}
const stored = () => loadIncident(store.table, id, at(10))

describe('kulprit rediagnose', () => {
  test('says in a dry run what would become another, and changes nothing', async () => {
    const before = await stored()
    const said = await rediagnose('--dry-run')
    expect(said).toContain(`${id}  prod-eu shop/Deployment/checkout: UnexplainedExit (possible) -> ImageTagNotFound (`)
    expect(said).toContain('1 incidents diagnosed again, 1 would become another, 0 failed')
    expect(await stored()).toEqual(before)
  })

  test('replaces what an earlier rule said, keeps the evidence, and announces it', async () => {
    expect(await rediagnose()).toContain('1 became another')
    const incident = await stored()
    expect(incident).toMatchObject({ cause: 'ImageTagNotFound', family: 'image', observation, occurrences: 1 })
    const changes = aws.entries.map(({ Detail }) => (JSON.parse(Detail) as { change: string }).change)
    expect(changes).toEqual(['opened', 'diagnosed'])
  })

  test('finds nothing more to do the second time', async () => {
    const before = await stored()
    expect(await rediagnose()).toContain('1 incidents diagnosed again, 0 became another, 0 failed')
    expect(await stored()).toEqual(before)
  })

  test('says which table it could not read', async () => {
    await expect(rediagnose('--table', 'not-there')).rejects.toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the table not-there could not be read'),
    })
  })
})
