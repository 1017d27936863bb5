import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { detailTypes } from '../../shared/events.ts'
import { identityOf } from '../../shared/incident.ts'
import { ask, countOf, functionOf, itemOf, openQueues, queueOf, receive, requestOf, send, type Play } from './acts.ts'
import { until } from './emulators.ts'
import { observationOf } from './observations.ts'
import { runFunction } from './runtime.ts'

type Scene = (play: Play) => Promise<string>

/** Plays the scenes one after the other; gives how many failed. */
export async function playScenes(play: Play): Promise<number> {
  let failed = 0
  for (const [title, scene] of Object.entries(scenes)) {
    const started = performance.now()
    try {
      const seen = await scene(play)
      play.say(`ok  ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)\n    ${seen}`)
    } catch (error) {
      failed++
      play.say(`FAILED  ${title}: ${error instanceof Error ? error.message : String(error)}`)
      for (const line of play.stage.failures) play.say(`    ${line}`)
    }
  }
  return failed
}

const now = () => new Date().toISOString()
const failure = observationOf('cluster-a', 'checkout', 1, now())
const incidentId = identityOf(failure.subject)

const scenes: Readonly<Record<string, Scene>> = {
  'a Failure Observed put through the API becomes an item in the table': async (play) => {
    await openQueues(play)
    await send(play, 'cluster-a', detailTypes.failureObserved, failure)
    const item = await until(`${incidentId} is in the table`, async () => itemOf(play, incidentId))
    return `incident ${incidentId}, ${Object.keys(item).length} attributes, revision ${item['revision']?.N ?? '?'}`
  },
  'the query function answers with the incident': async (play) => {
    const list = await ask(play, 'GET', '/v1/incidents?status=open')
    const { items } = JSON.parse(list.body) as { items: { id: string; cause: string; confidence: string }[] }
    const found = items.find(({ id }) => id === incidentId)
    if (list.statusCode !== 200 || found === undefined) throw new Error(`answered ${list.statusCode} ${list.body}`)
    const one = await ask(play, 'GET', `/v1/incidents/${incidentId}`)
    if (one.statusCode !== 200) throw new Error(`answered ${one.statusCode} ${one.body}`)
    return `200: ${found.cause} (${found.confidence}); alone ${one.body.length} bytes`
  },
  'after the delay a message is at the topic, for the subscriber that wants it and not for the other': async (play) => {
    const body = await until('a message is at the subscribed queue', () => receive(play, 'everything'))
    const other = await countOf(play, 'critical-of-another-cluster')
    if (other !== 0) throw new Error('the filter of the other subscription let it through')
    const { Subject, MessageAttributes } = JSON.parse(body) as {
      Subject?: string
      MessageAttributes?: Record<string, { Value: string }>
    }
    const attributes = Object.entries(MessageAttributes ?? {}).map(([name, { Value }]) => `${name}=${Value}`)
    return `"${Subject ?? 'no subject'}" ${attributes.join(' ')}`
  },
  'the same event delivered again changes nothing': async (play) => {
    const before = await itemOf(play, incidentId)
    await send(play, 'cluster-a', detailTypes.failureObserved, failure)
    await until('the queue is empty again', async () => (await countOf(play, queueOf(play, 'Failures'))) === 0)
    const after = await itemOf(play, incidentId)
    if (before === false || after === false || before['revision']?.N !== after['revision']?.N)
      throw new Error('the revision has changed')
    return `revision ${after['revision']?.N ?? '?'} as before`
  },
  'an event that speaks for another cluster, and one that cannot be read, end as dead letters after five attempts': async (
    play,
  ) => {
    const forged = observationOf('cluster-b', 'payments', 1, now())
    await send(play, 'cluster-a', detailTypes.failureObserved, forged)
    await send(play, 'cluster-a', detailTypes.failureObserved, { nonsense: true })
    const letters = await until('two letters are dead', async () => {
      const n = await countOf(play, queueOf(play, 'FailuresDeadLetters'))
      return n >= 2 && n
    })
    if ((await itemOf(play, identityOf(forged.subject))) !== false) throw new Error('the forged one became an incident')
    return `${letters} dead letters, no incident of cluster-b`
  },
  'an operator acknowledges by the API': async (play) => {
    const answer = await ask(play, 'POST', `/v1/incidents/${incidentId}/acknowledge`, { by: 'rehearsal', text: 'seen' })
    if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode} ${answer.body}`)
    const { status } = JSON.parse((await ask(play, 'GET', `/v1/incidents/${incidentId}`)).body) as { status: string }
    if (status !== 'acknowledged') throw new Error(`the status is ${status}`)
    return '200, acknowledged'
  },
  'the role of query suffices for each list, and for a silence that begins and ends': async (play) => {
    const lists = [
      'incidents',
      'incidents?cluster=cluster-a',
      'incidents?cause=ImageTagNotFound',
      'statistics?by=cause',
      'causes',
      'silences',
    ]
    for (const list of lists) {
      const { statusCode, body } = await ask(play, 'GET', `/v1/${list}`)
      if (statusCode !== 200) throw new Error(`${list} answered ${statusCode} ${body}`)
    }
    const endsAt = new Date(Date.now() + 60_000).toISOString()
    const wanted = { matchers: [{ field: 'cluster', value: 'elsewhere' }], by: 'rehearsal', comment: 'none', endsAt }
    const made = await ask(play, 'POST', '/v1/silences', wanted)
    const { id } = JSON.parse(made.body) as { id: string }
    const { statusCode } = await ask(play, 'DELETE', `/v1/silences/${id}`)
    if (statusCode !== 204) throw new Error(`the silence ended with ${statusCode}`)
    return `${lists.length} lists, ${made.statusCode}, ${statusCode}`
  },
  'the sweep, started as the schedule would, runs within its time': async (play) => {
    const schedule = play.template.resources.find(({ type }) => type === 'AWS::Scheduler::Schedule')
    const answer = await functionOf(play, 'sweep').invoke({})
    return `${String(schedule?.properties['ScheduleExpression'])} -> ${JSON.stringify(answer)}`
  },
  'a heartbeat makes the cluster live': async (play) => {
    const beat = {
      schema: 1,
      cluster: 'cluster-a',
      at: now(),
      kubernetesVersion: 'v1.34.5',
      forwarderVersion: '0.1.0',
      counts: { nodes: 3, pods: 40, failing: 1 },
      dropped: {},
    }
    await send(play, 'cluster-a', detailTypes.clusterHeartbeat, beat)
    return until('GET /v1/clusters shows it', async () => {
      const { body } = await ask(play, 'GET', '/v1/clusters')
      return body.includes('"cluster-a"') && body.includes('"live"') && body
    })
  },
  'a recovery resolves the incident': async (play) => {
    const recovery = {
      schema: 1,
      id: `rec_${randomUUID()}`,
      cluster: 'cluster-a',
      namespace: 'shop',
      workload: { kind: 'Deployment', name: 'checkout' },
      at: now(),
      reason: 'ready',
    }
    await send(play, 'cluster-a', detailTypes.workloadRecovered, recovery)
    return until('the incident is resolved', async () => {
      const { body } = await ask(play, 'GET', `/v1/incidents/${incidentId}`)
      const { status, timeline } = JSON.parse(body) as { status: string; timeline: { change: string }[] }
      return status === 'resolved' && `resolved: ${timeline.map(({ change }) => change).join(', ')}`
    })
  },
  'five minutes after the first message people are told that it is over, by the sweep': async (play) => {
    const bundle = play.stage.bundles.get('sweep')
    if (bundle === undefined) throw new Error('the template has no function sweep')
    await until('the delay queue is empty', async () => (await countOf(play, queueOf(play, 'Changes'))) === 0)
    const later = await runFunction({ ...bundle, name: 'sweep-later', millisecondsAhead: 6 * 60_000 })
    try {
      const answer = await later.invoke({})
      const body = await until('a message about the end is at the subscribed queue', () => receive(play, 'everything'), 10)
      const { Subject = 'no subject', MessageAttributes = {} } = JSON.parse(body) as Told
      if (MessageAttributes['change']?.Value !== 'resolved') throw new Error(`the message is "${Subject}"`)
      return `${JSON.stringify(answer)}, "${Subject}"`
    } finally {
      await later.stop()
    }
  },
  'a question that DynamoDB does not answer ends within the time of the function': async (play) => {
    const bundle = play.stage.bundles.get('query')
    if (bundle === undefined) throw new Error('the template has no function query')
    // Takes connections, and says nothing.
    const deaf = createServer(() => {})
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
    const { port } = deaf.address() as AddressInfo
    const environment = { ...bundle.environment, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` }
    const waiting = await runFunction({ ...bundle, name: 'query-waiting', environment })
    try {
      return await waiting.invoke(requestOf(play, 'GET', '/v1/incidents')).then(
        (answer) => {
          const { statusCode, body } = answer as { statusCode: number; body: string }
          if (statusCode !== 500) throw new Error(`answered ${statusCode} ${body}`)
          return `500 ${body}`
        },
        (error: unknown) => String(error),
      )
    } finally {
      await waiting.stop()
      deaf.close()
    }
  },
  'a handler that does not come back is ended': async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kulprit-hangs-'))
    writeFileSync(join(folder, 'index.mjs'), 'export const handler = async () => { for (;;); }')
    const hanging = { name: 'hangs', folder, handler: 'index.handler', timeoutSeconds: 1, memoryMegabytes: 128, environment: {} }
    const running = await runFunction(hanging)
    try {
      return await running.invoke({}).then(
        () => Promise.reject(new Error('it answered')),
        (error: unknown) => String(error),
      )
    } finally {
      await running.stop()
      rmSync(folder, { recursive: true })
    }
  },
}

interface Told {
  readonly Subject?: string
  readonly MessageAttributes?: Readonly<Record<string, { readonly Value: string }>>
}
