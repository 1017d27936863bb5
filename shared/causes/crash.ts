import type { Cause } from './cause.ts'
import { commands } from './crash/command.ts'
import { configurations } from './crash/configuration.ts'
import { dependencies } from './crash/dependencies.ts'
import { exits } from './crash/exits.ts'
import { files } from './crash/files.ts'
import { memory } from './crash/memory.ts'
import { probes } from './crash/probes.ts'
import { programs } from './crash/programs.ts'

/** Containers that start and do not stay, or never become ready. */
export const crash: readonly Cause[] = [
  ...memory,
  ...probes,
  ...commands,
  ...configurations,
  ...files,
  ...dependencies,
  ...programs,
  ...exits,
]
