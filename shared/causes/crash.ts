import type { Cause } from './cause.ts'
import { architectures } from './crash/architecture.ts'
import { commands } from './crash/command.ts'
import { callings } from './crash/arguments.ts'
import { refusals } from './crash/credentials.ts'
import { invalidConfigurations } from './crash/invalid-configuration.ts'
import { missingConfigurations } from './crash/missing-configuration.ts'
import { storedStates } from './crash/stored-state.ts'
import { dependencies } from './crash/dependencies.ts'
import { exits } from './crash/exits.ts'
import { files } from './crash/files.ts'
import { hooks } from './crash/hooks.ts'
import { libraries } from './crash/libraries.ts'
import { memory } from './crash/memory.ts'
import { permissions } from './crash/permissions.ts'
import { ports } from './crash/ports.ts'
import { probes } from './crash/probes.ts'
import { programs } from './crash/programs.ts'

/** Containers that start and do not stay, or never become ready. */
export const crash: readonly Cause[] = [
  ...memory,
  ...probes,
  ...hooks,
  ...commands,
  ...architectures,
  ...callings,
  ...missingConfigurations,
  ...invalidConfigurations,
  ...files,
  ...permissions,
  ...ports,
  ...dependencies,
  ...refusals,
  ...storedStates,
  ...libraries,
  ...programs,
  ...exits,
]
