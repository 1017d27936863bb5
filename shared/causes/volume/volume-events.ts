import type { Case } from '../cause.ts'

/** The reasons of events about volumes on their way to a pod. */
export const volumeEvents = [
  'FailedAttachVolume',
  'FailedMount',
  'FailedMapVolume',
  'FailedSync',
  'FailedMountOnFilesystemMismatch',
  'VolumeResizeFailed',
  'FileSystemResizeFailed',
  'FailedUnMount',
  'FailedDetachVolume',
]

/** The volume that a message names, as Kubernetes calls it. */
export const volumeOf = ({ quote, facts }: Case): string | undefined =>
  facts['volume'] ?? /volume "(?:kubernetes\.io\/[^"]*[\^/])?([^"/^]+)"/.exec(quote)?.[1]
