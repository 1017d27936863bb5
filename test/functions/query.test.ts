import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import type * as z from 'zod'
import { routes } from '../../shared/api.ts'
import { applyFact, applyRecovery, type Store } from '../../shared/aws/apply.ts'
import { connectBus } from '../../shared/aws/bus.ts'
import { saveHeartbeat } from '../../shared/aws/clusters.ts'
import type { Diagnosis } from '../../shared/diagnosis.ts'
import { identityOf } from '../../shared/incident.ts'
import { at, diagnosisOf, observationOf, recoveryOf } from '../samples.ts'
import { context, startHost, type Host } from './host.ts'

let host: Host
let store: Store
let handler: (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>
const ids: Record<string, string> = {}

async function fail(name: string, given: Parameters<typeof observationOf>[0], diagnosed: Partial<Diagnosis> = {}) {
  const observation = observationOf({ workload: name, ...given })
  ids[name] = identityOf(observation.subject)
  await applyFact(store, ids[name], { kind: 'observed', observation, diagnosis: diagnosisOf(observation, diagnosed) }, at(0))
}

beforeAll(async () => {
  host = await startHost()
  ;({ handler } = await import('../../functions/query.ts'))
  store = { table: host.store.table, bus: connectBus('kulprit'), retentionDays: 3650 }
  await fail('cart', { minute: 1 })
  await fail('checkout', { minute: 2, cluster: 'staging' }, { severity: 'warning' })
  await fail('search', { minute: 3, namespace: 'find' }, { cause: 'OutOfMemory', family: 'crash', title: 'Out of memory' })
  await fail('mail', { minute: 4 }, { cause: 'DnsFailure', family: 'network', title: 'Name not resolved' })
  await fail('worker', { minute: 5 }, { explanation: 'The queue at broker.internal refuses the connection.' })
  await applyRecovery(store, recoveryOf({ workload: 'mail', minute: 64 }), at(64))
  await applyFact(store, ids['worker'] ?? '', { kind: 'acknowledged', at: at(6), by: 'ada' }, at(6))
  const beat = {
    schema: 1,
    kubernetesVersion: 'v1.34.1',
    forwarderVersion: '0.1.0',
    counts: { nodes: 3, pods: 40, failing: 3 },
    dropped: {},
  } as const
  await saveHeartbeat(store.table, { ...beat, cluster: 'prod-eu', at: new Date().toISOString() }, 3650)
  await saveHeartbeat(store.table, { ...beat, cluster: 'staging', at: at(0) }, 3650)
})
afterAll(async () => {
  store.bus.client.destroy()
  await host.close()
})

/** A request as API Gateway hands it over, with the body in base64. */
function eventOf(method: string, pathAndQuery: string, body?: unknown): APIGatewayProxyEventV2 {
  const [path = '', query = ''] = pathAndQuery.split('?')
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: query,
    headers: {},
    requestContext: { http: { method, path } },
    isBase64Encoded: body !== undefined,
    ...(body !== undefined && { body: Buffer.from(text).toString('base64') }),
  } as unknown as APIGatewayProxyEventV2
}

/** Asks, and checks the answer against the schema that describes it. */
async function ask(method: string, pathAndQuery: string, body?: unknown) {
  const answer = await handler(eventOf(method, pathAndQuery, body), context)
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: (answer.body === undefined ? undefined : JSON.parse(answer.body)) as {
      [key: string]: unknown
      items: { id: string }[]
    },
  }
}
const namesOf = (items: readonly { id: string }[]) => items.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id))
const listed = async (query: string) => namesOf((await ask('GET', `/v1/incidents?${query}`)).body.items)

describe('query', () => {
  it.each([
    ['', ['mail', 'worker', 'search', 'checkout', 'cart']],
    ['status=open', ['search', 'checkout', 'cart']],
    ['status=open,acknowledged', ['worker', 'search', 'checkout', 'cart']],
    ['status=open&status=acknowledged', ['worker', 'search', 'checkout', 'cart']],
    ['status=acknowledged', ['worker']],
    ['status=resolved', ['mail']],
    ['cluster=staging', ['checkout']],
    ['cluster=prod-eu&status=open', ['search', 'cart']],
    ['namespace=find', ['search']],
    ['workload=cart', ['cart']],
    ['workload=Deployment%2Fcart', ['cart']],
    ['workload=StatefulSet%2Fcart', []],
    ['cause=ImageTagNotFound', ['worker', 'checkout', 'cart']],
    ['cause=ImageTagNotFound&cluster=prod-eu', ['worker', 'cart']],
    ['family=crash', ['search']],
    ['severity=warning', ['checkout']],
    [`since=${at(3)}`, ['mail', 'worker', 'search']],
    [`until=${at(2)}`, ['checkout', 'cart']],
    [`since=${at(2)}&until=${at(3)}`, ['search', 'checkout']],
    ['since=2026-11-26', []],
    ['q=memory', ['search']],
    ['q=BROKER.internal', ['worker']],
    ['q=deployment%20find', ['search']],
    ['q=nothing+of+it', []],
    ['cluster=', ['mail', 'worker', 'search', 'checkout', 'cart']],
    ['cluster=unknown', []],
  ])('lists incidents by %s', async (query, names) => {
    expect(await listed(query)).toEqual(names)
  })

  it('pages through a list without gaps or repetitions', async () => {
    for (const filter of ['', 'cluster=prod-eu&', 'status=open,acknowledged&', 'cause=ImageTagNotFound&', 'severity=critical&']) {
      const whole = await listed(filter)
      const seen: unknown[] = []
      let cursor: string | undefined
      do {
        const { body } = await ask('GET', `/v1/incidents?${filter}limit=1${cursor === undefined ? '' : `&cursor=${cursor}`}`)
        expect(body.items.length).toBeLessThanOrEqual(1)
        seen.push(...namesOf(body.items))
        cursor = body['cursor'] as string | undefined
      } while (cursor !== undefined)
      expect(seen).toEqual(whole)
    }
  })

  it('shows one incident with diagnosis, evidence, changes and timeline', async () => {
    const { status, body } = await ask('GET', `/v1/incidents/${ids['worker']}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      id: ids['worker'],
      status: 'acknowledged',
      diagnosis: { cause: 'ImageTagNotFound', remedies: [{ command: 'kubectl -n shop rollout undo deployment/worker' }] },
      evidence: [{ source: 'status' }],
      changes: [{ path: 'containers[app].image' }],
      timeline: [{ change: 'opened' }, { change: 'acknowledged', by: 'ada' }],
      notes: [],
      links: [],
    })
    expect(body).not.toHaveProperty('seen')
    expect(body).not.toHaveProperty('history')
  })

  it.each([
    ['cause', { key: 'ImageTagNotFound', opened: 3, resolved: 0 }],
    ['family', { key: 'image', opened: 3, resolved: 0 }],
    ['cluster', { key: 'prod-eu', opened: 4, resolved: 1, meanSecondsToResolve: 3600 }],
    ['namespace', { key: 'prod-eu/shop', opened: 3, resolved: 1, meanSecondsToResolve: 3600 }],
    ['workload', { key: 'prod-eu/find/Deployment/search', opened: 1, resolved: 0 }],
    ['day', { key: '2026-11-25', opened: 5, resolved: 1, meanSecondsToResolve: 3600 }],
  ])('counts incidents by %s', async (by, item) => {
    const { status, body } = await ask('GET', `/v1/statistics?by=${by}&since=2026-11-24&until=${at(64)}`)
    expect(status).toBe(200)
    expect(body.items).toContainEqual(item)
  })

  it('acknowledges, annotates and resolves, and announces it', async () => {
    await fail('acted', { minute: 7 })
    host.aws.entries.length = 0
    const path = `/v1/incidents/${ids['acted']}`
    expect(await ask('POST', `${path}/acknowledge`, { by: 'ada' })).toMatchObject({
      status: 200,
      body: { status: 'acknowledged' },
    })
    expect(await ask('POST', `${path}/notes`, { by: 'ada', text: 'see <the> pipeline' })).toMatchObject({
      status: 201,
      body: { notes: [{ by: 'ada', text: 'see <the> pipeline' }] },
    })
    expect(await ask('POST', `${path}/resolve`, { by: 'ada', text: 'rolled back' })).toMatchObject({
      status: 200,
      body: { status: 'resolved' },
    })
    expect(host.aws.entries.map(({ Detail }) => (JSON.parse(Detail) as { change: string }).change)).toEqual([
      'acknowledged',
      'resolved',
    ])
    expect(await ask('POST', `${path}/resolve`, { by: 'ada' })).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict' } },
    })
    expect(await ask('POST', `${path}/acknowledge`, { by: 'ada' })).toMatchObject({ status: 409 })
  })

  it('lists clusters with their open incidents', async () => {
    const { body } = await ask('GET', '/v1/clusters')
    expect(body.items).toMatchObject([
      { name: 'prod-eu', status: 'live', version: 'v1.34.1', open: { critical: 3, warning: 0, info: 0 } },
      { name: 'staging', status: 'silent', lastSeenAt: at(0), open: { critical: 0, warning: 1, info: 0 } },
    ])
  })

  it('shows the causes of the catalogue', async () => {
    const { body } = await ask('GET', '/v1/causes')
    expect(body.items).toContainEqual(expect.objectContaining({ code: 'Unexplained', family: 'unknown' }))
    expect(await ask('GET', '/v1/causes/ClusterSilent')).toMatchObject({ status: 200 })
    expect(await ask('GET', '/v1/causes/Unexplained')).toMatchObject({ status: 200, body: { code: 'Unexplained' } })
  })

  it('makes, lists and ends silences', async () => {
    const wanted = {
      matchers: [{ field: 'cluster', value: 'staging' }],
      by: 'ada',
      comment: 'rebuild',
      endsAt: '2126-01-01T00:00:00Z',
    }
    const made = await ask('POST', '/v1/silences', wanted)
    expect(made).toMatchObject({ status: 201, body: { ...wanted, id: expect.stringMatching(/^sil_/) } })
    expect((await ask('GET', '/v1/silences')).body.items).toEqual([made.body])
    const id = made.body['id'] as string
    expect(await ask('DELETE', `/v1/silences/${id}`)).toMatchObject({ status: 204, body: undefined })
    expect((await ask('GET', '/v1/silences')).body.items).toEqual([])
    expect(await ask('DELETE', `/v1/silences/${id}`)).toMatchObject({ status: 404 })
  })

  it('describes itself in OpenAPI, and says that it is well', async () => {
    const { body } = await ask('GET', '/v1/openapi.json')
    expect(body['openapi']).toBe('3.1.0')
    const described = Object.entries(body['paths'] as Record<string, object>).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(described.sort()).toEqual(
      Object.values(routes)
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    )
    expect(await ask('GET', '/v1/health')).toMatchObject({ status: 200, body: { status: 'ok' } })
  })

  it('gives what its description promises', async () => {
    const promised: [string, z.ZodType][] = [
      ['/v1/incidents', routes.listIncidents.answer],
      [`/v1/incidents/${ids['cart']}`, routes.getIncident.answer],
      ['/v1/clusters', routes.listClusters.answer],
      ['/v1/statistics', routes.getStatistics.answer],
      ['/v1/causes', routes.listCauses.answer],
      ['/v1/silences', routes.listSilences.answer],
      ['/v1/health', routes.getHealth.answer],
    ]
    for (const [path, schema] of promised) {
      const { body } = await ask('GET', path)
      expect(schema.parse(body)).toEqual(body)
    }
  })

  it.each([
    ['GET', '/v1/nothing', undefined, 404, 'not_found', /there is nothing at/],
    ['GET', '/v1/incidents/inc_none', undefined, 404, 'not_found', /no incident inc_none/],
    ['POST', '/v1/incidents/inc_none/acknowledge', { by: 'ada' }, 404, 'not_found', /no incident/],
    ['GET', `/v1/incidents/${'x'.repeat(3000)}`, undefined, 404, 'not_found', /no incident/],
    ['DELETE', '/v1/silences/%00%ff', undefined, 404, 'not_found', /no silence/],
    ['GET', '/v1/causes/None', undefined, 404, 'not_found', /no cause None/],
    ['GET', '/v1/incidents?status=closed', undefined, 400, 'invalid_request', /^status\.0: .*"open"/],
    ['GET', '/v1/incidents?severity=worst', undefined, 400, 'invalid_request', /^severity: /],
    ['GET', '/v1/incidents?limit=0', undefined, 400, 'invalid_request', /^limit: /],
    ['GET', '/v1/incidents?limit=ten', undefined, 400, 'invalid_request', /^limit: /],
    ['GET', '/v1/incidents?cluster=Prod_EU', undefined, 400, 'invalid_request', /^cluster: /],
    ['GET', '/v1/incidents?since=yesterday', undefined, 400, 'invalid_request', /^since: expected an ISO 8601 time/],
    ['GET', '/v1/incidents?since=2026-11-26&until=2026-11-25', undefined, 400, 'invalid_request', /^until: /],
    ['GET', '/v1/incidents?colour=red', undefined, 400, 'invalid_request', /^colour: /],
    ['GET', '/v1/incidents?cursor=abc', undefined, 400, 'invalid_cursor', /^cursor: /],
    ['GET', '/v1/statistics?by=moon', undefined, 400, 'invalid_request', /^by: /],
    ['POST', '/v1/silences', 'no JSON', 400, 'invalid_body', /not JSON/],
    ['POST', '/v1/silences', { by: 'ada' }, 400, 'invalid_request', /matchers: .*comment: .*endsAt: /],
    [
      'POST',
      '/v1/silences',
      { matchers: [{ field: 'moon', value: 'x' }], by: 'a', comment: 'c', endsAt: '2126-01-01T00:00:00Z' },
      400,
      'invalid_request',
      /^matchers\.0\.field: /,
    ],
    [
      'POST',
      '/v1/silences',
      { matchers: [{ field: 'cause', value: 'x' }], by: 'a', comment: 'c', endsAt: '2020-01-01T00:00:00Z' },
      400,
      'invalid_request',
      /^endsAt: lies in the past/,
    ],
  ])('answers %s %s %j with an error that says what is wrong', async (method, path, body, status, code, message) => {
    const answer = await ask(method, path, body)
    expect(answer).toMatchObject({ status, body: { error: { code, message: expect.stringMatching(message) } } })
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json' })
  })

  it('refuses a body that is missing, too large or incomplete', async () => {
    const path = `/v1/incidents/${ids['cart']}`
    expect(await ask('POST', `${path}/acknowledge`)).toMatchObject({ status: 400, body: { error: { code: 'invalid_body' } } })
    expect(await ask('POST', `${path}/notes`, { by: 'ada' })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringMatching(/^text: /) } },
    })
    expect(await ask('POST', `${path}/notes`, { by: 'ada', text: 'x'.repeat(70_000) })).toMatchObject({ status: 413 })
  })

  it('names the methods that a path knows when asked by another', async () => {
    expect(await ask('PUT', '/v1/silences')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, POST' },
      body: { error: { code: 'method_not_allowed' } },
    })
    expect(await ask('QUERY', `/v1/incidents/${ids['cart']}`)).toMatchObject({ status: 405, headers: { allow: 'GET' } })
  })

  it('does not take a cursor to a list with other filters', async () => {
    const { body } = await ask('GET', '/v1/incidents?limit=1')
    expect(await ask('GET', `/v1/incidents?limit=1&status=open&cursor=${String(body['cursor'])}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_cursor', message: 'cursor: the cursor belongs to a list with other filters' } },
    })
  })

  it('says nothing of the inside when something fails there', async () => {
    const broken = { ...({} as APIGatewayProxyEventV2), requestContext: undefined } as unknown as APIGatewayProxyEventV2
    const { statusCode, body } = await handler(broken, context)
    expect({ statusCode, body }).toEqual({
      statusCode: 500,
      body: '{"error":{"code":"internal","message":"the request could not be answered"}}',
    })
  })

  it('answers before Lambda would end it, when the table does not answer in time', async () => {
    const late: Context = { ...context, getRemainingTimeInMillis: () => 500 }
    expect((await handler(eventOf('GET', '/v1/incidents'), late)).statusCode).toBe(500)
  })
})
