import type { Cause } from './cause.ts'
import { commands } from './crash/command.ts'
import { callings } from './crash/arguments.ts'
import { refusals } from './crash/credentials.ts'
import { invalidConfigurations } from './crash/invalid-configuration.ts'
import { missingConfigurations } from './crash/missing-configuration.ts'
import { storedStates } from './crash/stored-state.ts'
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
  ...callings,
  ...missingConfigurations,
  ...invalidConfigurations,
  ...files,
  ...dependencies,
  ...refusals,
  ...storedStates,
  ...programs,
  ...exits,
]
