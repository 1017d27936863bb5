import type { Cause } from './cause.ts'
import { image } from './image.ts'
import { crash } from './crash.ts'
import { config } from './config.ts'
import { runtime } from './runtime.ts'
import { volume } from './volume.ts'
import { scheduling } from './scheduling.ts'
import { eviction } from './eviction.ts'
import { node } from './node.ts'
import { admission } from './admission.ts'
import { workload } from './workload.ts'
import { network } from './network.ts'

/** Every cause that Kulprit can name. */
export const catalogue: readonly Cause[] = [
  ...image,
  ...crash,
  ...config,
  ...runtime,
  ...volume,
  ...scheduling,
  ...eviction,
  ...node,
  ...admission,
  ...workload,
  ...network,
]

/** What is said of a failure that nothing in the catalogue explains. */
export const unexplained: Cause = {
  code: 'Unexplained',
  family: 'unknown',
  title: 'Unexplained failure',
  severity: 'warning',
  meaning: 'Something fails, and nothing in its evidence matches a known cause.',
  knownBy: ['No clue of any cause in the catalogue holds.'],
  clues: [],
  explain: ({ observation: { symptom, subject }, quote }) =>
    `${subject.workload?.name ?? subject.name} shows ${symptom}, and nothing in the evidence matches a known cause. The last thing that was said of it: ${quote}`,
  remedies: ({ observation: { subject } }) => [
    {
      text: 'Read what the cluster says of it in full.',
      command: `kubectl describe ${subject.kind.toLowerCase()} ${subject.name}${subject.namespace === undefined ? '' : ` -n ${subject.namespace}`}`,
    },
  ],
}
