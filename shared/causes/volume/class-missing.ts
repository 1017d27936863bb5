import { anyOf } from '../any-of.ts'

/** Says that a StorageClass does not exist. */
export const classMissing = anyOf(
  [
    /storageclass(?:\.storage\.k8s\.io)?s? "?(?<class>[\w.-]+)"? (?:not found|does not exist)/,
    /unable to find (?:default )?storage ?class|couldn't find storage ?class/,
  ],
  'i',
)
