import { describe, expect, it } from '@jest/globals'
import { aboutTarget, parseTarget, suggestion } from '../../cli/input/target.ts'
import { observe } from '../../shared/observe/observe.ts'
import type { Snapshot } from '../../shared/observe/snapshot.ts'
import { readDump } from '../../cli/input/dump.ts'

describe('a target', () => {
  it('is a pod by its name, or any kind by the names that kubectl knows', () => {
    expect(parseTarget('web-1')).toEqual({ kind: 'Pod', name: 'web-1' })
    expect(parseTarget('deploy/web')).toEqual({ kind: 'Deployment', name: 'web' })
    expect(parseTarget('statefulset.apps/db')).toEqual({ kind: 'StatefulSet', name: 'db' })
  })

  it('of an unknown kind is refused with the nearest known one', () => {
    expect(() => parseTarget('deplyo/web')).toThrow("unknown kind 'deplyo', did you mean 'deploy'?")
    expect(() => parseTarget('deploy/web/1')).toThrow(/neither POD nor KIND\/NAME/)
  })

  it('gets no suggestion where nothing is near', () => {
    expect(suggestion('xyzzy', ['deployment'])).toBe('')
  })
})

describe('what speaks of a target', () => {
  const { snapshot, at } = readDump('local/recording')
  const seen = observe(snapshot, { cluster: 'test', now: at ?? '' })
  const names = (text: string, of: Snapshot = snapshot, namespace?: string) =>
    aboutTarget(seen, of, parseTarget(text), namespace).map(({ subject }) => subject.workload?.name ?? subject.name)

  it('is found by workload, by pod and by a workload’s name alone', () => {
    const [pod = ''] = seen.find(({ subject }) => subject.workload?.name === 'checkout')?.pods ?? []
    expect([names('deploy/checkout'), names(pod), names('checkout')]).toEqual([['checkout'], ['checkout'], ['checkout']])
  })

  it('is only that of the namespace that was named', () => {
    expect(names('deploy/ledger')).toHaveLength(2)
    expect(names('deploy/ledger', snapshot, 'billing')).toHaveLength(1)
  })

  it('is nothing for a workload that is well', () => {
    expect(names('deploy/orders')).toEqual([])
  })

  it('cannot be told of what is not there, and the nearest name is offered', () => {
    expect(() => names('deploy/chekcout')).toThrow("there is no Deployment chekcout, did you mean 'checkout'?")
  })
})
