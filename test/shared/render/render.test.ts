import { describe, expect, it } from '@jest/globals'
import { newGroup } from '../../../shared/group.ts'
import type { Incident } from '../../../shared/incident.ts'
import type { Notification } from '../../../shared/notification.ts'
import { renderChat } from '../../../shared/render/chat.ts'
import { renderHtml } from '../../../shared/render/html.ts'
import { renderPublication } from '../../../shared/render/publication.ts'
import { renderSubject } from '../../../shared/render/subject.ts'
import { renderText } from '../../../shared/render/text.ts'
import { fold } from '../../../shared/fold.ts'
import { tell, withTold } from '../../../shared/tell.ts'
import { at, incidentOf, recoveryOf } from '../../samples.ts'

function notificationOf(incidents: readonly Incident[]): Notification {
  const group = newGroup(
    incidents[0] ?? incidentOf(),
    incidents.map(({ id }) => id),
  )
  const { notification } = tell(group, incidents, [], at(1))
  if (notification === undefined) throw new Error('nothing is told')
  return notification
}
const one = notificationOf([incidentOf()])
function resolved(): Notification {
  const incident = incidentOf()
  const group = withTold(newGroup(incident, [incident.id]), one, undefined)
  const { incident: over } = fold(incident, { kind: 'recovered', recovery: recoveryOf({ minute: 12 }) })
  const { notification } = tell(group, [over ?? incident], [], at(13))
  if (notification === undefined) throw new Error('nothing is told')
  return notification
}

describe('subject', () => {
  it('names workload, cluster and cause', () => {
    expect(renderSubject(one)).toBe('Failing: Deployment shop/checkout in prod-eu: ImageTagNotFound')
    expect(renderSubject(resolved())).toBe('Resolved: Deployment shop/checkout in prod-eu: ImageTagNotFound')
    expect(renderSubject(notificationOf([incidentOf(), incidentOf({ workload: 'cart' })]))).toBe(
      'Failing: 2 workloads in prod-eu: ImageTagNotFound',
    )
  })

  it('stays under 100 ASCII characters without line breaks, and keeps the cause', () => {
    const long = notificationOf([
      incidentOf(
        { workload: `a-very-long-name-${'x'.repeat(200)}`, namespace: 'näme\nspace'.repeat(5), cluster: `c${'y'.repeat(61)}z` },
        { cause: 'PersistentVolumeClaimNotFound' },
      ),
    ])
    const subject = renderSubject(long)
    expect(subject).toMatch(/^[\u0020-\u007e]{20,99}$/)
    expect(subject.endsWith(': PersistentVolumeClaimNotFound')).toBe(true)
  })
})

describe('text', () => {
  it('says what and where, why, what changed and what to do, in this order', () => {
    expect(renderText({ ...one, page: 'https://kulprit.example.com/' }))
      .toBe(`Deployment shop/checkout, container app in cluster prod-eu: ImageTagNotFound (certain)
Failing, critical: first message

The registry has the repository of checkout, but no tag 1.4.3.

  status at 2026-11-25 02:00:00 UTC:
  > failed to pull image "registry.example.com/shop/checkout:1.4.3": not found

What changed since it was last healthy
  - containers[app].image: registry.example.com/shop/checkout:1.4.2 -> registry.example.com/shop/checkout:1.4.3

What to do
  1. Go back to the tag that ran before.

      kubectl -n shop rollout undo deployment/checkout

kubectl shows ImagePullBackOff
failing since 2026-11-25 02:00:00 UTC
1 pod affected
seen once, last at 2026-11-25 02:00:00 UTC
grouped by namespace shop
incident ${one.failing[0]?.id}
https://kulprit.example.com/incidents/${one.failing[0]?.id}
`)
  })

  it('says how it ended', () => {
    expect(renderText(resolved())).toBe(`Deployment shop/checkout, container app in cluster prod-eu: ImageTagNotFound
Resolved

Recovered
  - Deployment shop/checkout: every replica is ready and has stayed so at 2026-11-25 02:12:00 UTC

incident ${one.failing[0]?.id}
`)
  })

  it('takes out what a terminal would act upon', () => {
    const evil = notificationOf([incidentOf({}, { explanation: 'red \u001b[31mtext\u001b[0m \u0007\u009b2J end' })])
    expect(renderText(evil)).toContain('red text 2J end')
  })

  it('shows the first of a storm in full and counts the rest', () => {
    const text = renderText(notificationOf(Array.from({ length: 60 }, (_, i) => incidentOf({ workload: `w-${i}` }))))
    expect(text.split('\n')[0]).toBe('60 workloads in cluster prod-eu: ImageTagNotFound (namespace shop)')
    expect(text).toContain('  - and 34 more\n')
    expect(text.length).toBeLessThan(8000)
  })
})

describe('html', () => {
  it('escapes everything that comes from a cluster', () => {
    const evil = '<script>alert("x")</script> & \'<img src=x onerror=1>'
    const html = renderHtml({
      ...notificationOf([
        incidentOf(
          { workload: evil },
          {
            explanation: evil,
            remedies: [{ text: evil, command: evil }],
            evidence: [{ source: 'log', quote: evil }],
            symptom: evil,
          },
        ),
      ]),
      page: 'https://x.example.com/"><script>',
    })
    expect(html).not.toMatch(/<script|<img/)
    expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;&lt;img src=x onerror=1&gt;')
  })

  it('says the same as the text', () => {
    const html = renderHtml(one)
    for (const words of [
      'container app in cluster prod-eu: ImageTagNotFound',
      'no tag 1.4.3',
      'kubectl -n shop rollout undo deployment/checkout',
      'What changed',
    ])
      expect(html).toContain(words)
    expect(html).toContain('<meta name="color-scheme" content="light dark">')
  })
})

describe('chat', () => {
  it('has the form that Amazon Q Developer shows, one thread for a group', () => {
    const chat = renderChat(one)
    expect(chat).toMatchObject({
      version: '1.0',
      source: 'custom',
      content: {
        textType: 'client-markdown',
        title: expect.stringMatching(/^:rotating_light: Deployment shop\/checkout/),
        keywords: ['prod-eu', 'ImageTagNotFound', 'critical'],
      },
      metadata: { threadId: one.groupKey, additionalContext: { cluster: 'prod-eu', change: 'opened' } },
    })
    expect(chat.content.nextSteps).toEqual([
      'Go back to the tag that ran before.\n```\nkubectl -n shop rollout undo deployment/checkout\n```',
    ])
    expect(renderChat(resolved()).metadata.threadId).toBe(one.groupKey)
  })

  it('does not let evidence end its own quote', () => {
    const chat = renderChat(notificationOf([incidentOf({}, { evidence: [{ source: 'log', quote: 'a ``` b' }] })]))
    expect(chat.content.description).toContain("a ''' b")
  })
})

describe('publication', () => {
  it('stays under what a topic takes, whatever is in it', () => {
    const noise = 'é'.repeat(20_000)
    const huge = Array.from({ length: 300 }, (_, i) =>
      incidentOf(
        { workload: `w-${i}` },
        {
          explanation: noise,
          evidence: Array.from({ length: 40 }, () => ({ source: 'log' as const, quote: noise })),
          remedies: Array.from({ length: 20 }, () => ({ text: noise, command: noise })),
        },
      ),
    )
    const { messages } = renderPublication(notificationOf(huge))
    expect(Buffer.byteLength(JSON.stringify(messages))).toBeLessThan(256 * 1024)
  })

  it('carries what subscribers filter by', () => {
    expect(renderPublication(one).attributes).toEqual({
      cluster: ['prod-eu'],
      cause: ['ImageTagNotFound'],
      family: ['image'],
      severity: ['critical'],
      change: ['opened'],
      namespace: ['shop'],
    })
  })
})
