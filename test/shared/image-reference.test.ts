import { expect, it } from '@jest/globals'
import { parseImageReference } from '../../shared/image-reference.ts'

const digest = `sha256:${'0f'.repeat(32)}`

it.each([
  ['nginx', { registry: 'docker.io', repository: 'library/nginx', tag: 'latest', digest: undefined, qualified: false }],
  ['shop/web:1.2', { registry: 'docker.io', repository: 'shop/web', tag: '1.2', digest: undefined, qualified: false }],
  ['localhost:5000/web', { registry: 'localhost:5000', repository: 'web', tag: 'latest', digest: undefined, qualified: true }],
  [
    'registry-1.docker.io/nginx:1',
    { registry: 'docker.io', repository: 'library/nginx', tag: '1', digest: undefined, qualified: true },
  ],
  [`quay.io/a/b/c:v1@${digest}`, { registry: 'quay.io', repository: 'a/b/c', tag: 'v1', digest, qualified: true }],
  [`ghcr.io/a/b@${digest}`, { registry: 'ghcr.io', repository: 'a/b', tag: undefined, digest, qualified: true }],
])('takes %s apart', (image, parts) => {
  expect(parseImageReference(image)).toEqual(parts)
})

it.each(['https://quay.io/a/b', 'None:None', 'a b', 'quay.io/a/B', 'quay.io/a/b:', 'quay.io/a/b@sha256:12', '', 'a//b', 'a:b:c'])(
  'takes %p for no reference',
  (image) => {
    expect(parseImageReference(image)).toBeUndefined()
  },
)
