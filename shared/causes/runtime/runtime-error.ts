import { anyOf } from '../any-of.ts'
import type { Case, Cause } from '../cause.ts'
import { creationClues } from '../creation-clues.ts'
import { pullClues } from '../image/pull-clues.ts'
import { changed, inNamespace, nodeOf, onNode, podOf, pods, specOf, undo, within, workloadOf } from '../wording.ts'
import { innermost } from './sandbox.ts'

/** Messages that belong to other families: what the program, the mounts or the references did. */
const ofOthers = anyOf(
  [
    /executable file not found|no such file or directory|exec format error|permission denied/,
    /not found in \$PATH|error mounting "?\/|runAsNonRoot|(?:secret|configmap)s? "[^"]+" not found/,
    /couldn't find key|seccomp|app ?armor|nvidia|libcuda|nvml|CDI device|is a directory/,
    /write .{0,200}no space left on device|sandbox image|pull/,
  ],
  'i',
)

const sandboxEvents = [
  'FailedCreatePodSandBox',
  'FailedCreatePodSandbox',
  'FailedPodSandBoxStatus',
  'FailedSync',
  'Failed',
  'FailedKillPod',
  'FailedCreatePodContainer',
]

/** The container runtime and the devices of the node. */
export const runtimeErrors: readonly Cause[] = [
  {
    code: 'DeviceUnavailable',
    family: 'runtime',
    title: 'A device cannot be given to the pod',
    severity: 'critical',
    meaning: 'The device plugin, the driver or the GPU that the pod was promised fails on the node.',
    knownBy: [
      'The kubelet rejects the pod with UnexpectedAdmissionError: the allocation of a device failed.',
      'The runtime hook of the GPU fails, or the driver that should prepare the device is not registered.',
    ],
    clues: [
      ...creationClues({
        text: anyOf(
          [
            /devices? unavailable for (?<resource>[\w./-]+)|Allocate failed due to/,
            /no (?:healthy )?devices? .{0,60}(?:available|found|present|matching)|unable to allocate .{0,60}device/,
            /nvidia-container-(?:cli|runtime)|nvidia-smi|nvml|libnvidia|could not select device driver/,
            /CDI devices?|device plugin|error (?:gathering device information|adding .{0,40}device)/,
            /DRA driver \S+ is not registered|prepare (?:dynamic resources|resource ?claim)/,
            /FailedPrepareDynamicResources|driver (?:not loaded|\S+ (?:is )?not registered)/,
            /\/dev\/(?:nvidia|dri|kfd|infiniband|fuse|kvm|vfio)\S*:? .{0,60}no such|unhealthy device/,
            /failed to (?:inject|initialize) .{0,60}device/,
          ],
          'i',
        ),
        confidence: 'certain',
        weight: 87,
        when: (_, text) => !/MountVolume|nodes are available/.test(text),
      }),
      ...creationClues({
        text: /no such device|\bGPU\b|vfio/i,
        unless: /error mounting|MountVolume|nodes are available/,
        confidence: 'likely',
        weight: 67,
      }),
      { source: 'event', reason: ['FailedPrepareDynamicResources'], confidence: 'certain', weight: 86 },
      { source: 'status', reason: ['UnexpectedAdmissionError'], unless: /preempt/i, confidence: 'likely', weight: 60 },
      { source: 'event', reason: ['UnexpectedAdmissionError'], unless: /preempt/i, confidence: 'likely', weight: 60 },
    ],
    explain: (given) => {
      const resource = given.facts['resource'] ?? deviceOf(given)
      return `The scheduler gave ${podOf(given)} to node ${given.spec?.node ?? '(unknown)'} for its ${resource ?? 'device'}, and the node cannot hand the device out: ${innermost(given.quote).replace(/^(?:Error: |Failed to prepare dynamic resources: )/, '')} The device plugin or the driver there is gone, restarted, or out of step with the hardware; other pods that want the device on this node fail too.${pods(given)}`
    },
    remedies: (given) => [
      {
        text: 'Compare what the node offers with what is taken.',
        command: `kubectl describe node ${nodeOf(given)} | grep -A12 -E '^(Capacity|Allocatable|Allocated)'`,
      },
      {
        text: 'See whether the device plugin or DRA driver runs there.',
        command: `kubectl get pods -A -o wide --field-selector spec.nodeName=${nodeOf(given)} | grep -iE 'device-plugin|dra|gpu|nvidia|amd|sriov'`,
      },
      {
        text: 'See whether the driver is loaded.',
        command: onNode(given, "chroot /host sh -c 'nvidia-smi || dmesg | tail -30'"),
      },
      {
        text: 'When the plugin is back, replace the pod: a rejected one stays rejected.',
        command: `kubectl delete pod ${given.observation.subject.name}${inNamespace(given)}`,
      },
    ],
    factor: (given) => given.spec?.node,
  },
  {
    code: 'RuntimeError',
    family: 'runtime',
    title: 'The container runtime fails',
    severity: 'critical',
    meaning: 'The container runtime or its shim fails on its own account.',
    knownBy: [
      'runc, crun, the shim or containerd report an error of cgroups, of themselves, or a time-out; the program of the container was never started.',
    ],
    clues: [
      ...creationClues({
        text: anyOf(
          [
            /is reserved for|name .{0,160}already in use|cgroups?\b|\bslice\b/,
            /container runtime (?:is )?(?:down|not ready|not running)/,
            /(?:containerd|docker|crio|cri-dockerd|dockershim)\.sock|(?:docker|containerd) daemon|ttrpc/,
            /transport is closing|shim (?:error|task|exited|died|disconnected)|OCI runtime (?:create|start|error)/,
            /(?:runc|crun|kata|runsc|gvisor)\b|vsock|minimum memory limit|memory limit too low/,
            /cannot allocate memory|context deadline exceeded|context canceled|DeadlineExceeded|PLEG|sd-bus|dbus/,
            /systemd|snapshot|failed to reserve|container (?:id|name) conflict|RuntimeNotReady|inotify/,
            /too many open files|resource temporarily unavailable|device or resource busy|text file busy/,
            /failed to (?:create|start|get|mount|unmount|run|generate|load|stat|update|exec) (?:pod )?(?:sandbox|container|task|shim|rootfs|spec)/,
            /hcsshim|HCS|hns\b|CreateComputeSystem|Error response from daemon|grpc server|connection closed before/,
            /panic|keyring|create keyring|fork\/exec|pthread_create/,
          ],
          'i',
        ),
        unless: ofOthers,
        confidence: 'likely',
        weight: 66,
        reason: sandboxEvents,
        when: (all, text) => isNoPull(all.symptom, text),
      }),
      ...pullClues({
        text: anyOf(
          [
            /(?:containerd|docker|crio|cri-dockerd|dockershim)\.sock|Cannot connect to the Docker daemon/,
            /docker daemon running|transport is closing|error reading from server: EOF|prepare extraction snapshot/,
            /parent snapshot .{0,80}(?:does not exist|not found)/,
            /snapshotter .{0,60}(?:not found|was not found|fail)/,
          ],
          'i',
        ),
        confidence: 'likely',
        weight: 86,
      }),
      {
        source: 'status',
        reason: [
          'ImageInspectError',
          'RunContainerError',
          'CreateContainerError',
          'StartError',
          'ContainerCannotRun',
          'CreatePodSandboxError',
          'KillContainerError',
          'RunInitContainerError',
          'CreateContainerConfigError',
        ],
        confidence: 'possible',
        weight: 22,
        when: ({ state }) => state === 'waiting' || state === 'terminated' || state === 'last',
      },
      { source: 'event', reason: ['FailedCreatePodSandBox'], confidence: 'possible', weight: 21 },
    ],
    explain: (given) => {
      const low = tooLittleMemory(given)
      return `The container runtime of node ${given.spec?.node ?? '(unknown)'} could not create what ${within(given)} needs: ${innermost(given.quote)} ${low === undefined ? 'The program of the container was never started, so neither its code nor its configuration is at fault.' : `The memory limit ${low} is too little to start anything at all: the unit is probably wrong ("m" means thousandths of a byte, "Mi" is meant).`}${changed(given, /resources|runtimeClassName|securityContext/)}${pods(given)}`
    },
    remedies: (given) => {
      const low = tooLittleMemory(given)
      return [
        ...(low === undefined
          ? []
          : [
              {
                text: 'Correct the unit of the limit.',
                command: `kubectl set resources ${workloadOf(given)} -c ${given.observation.subject.container ?? 'CONTAINER'} --limits=memory=${low.replace(/m$/, 'Mi').replace(/^(\d+)$/, '$1Mi')}${inNamespace(given)}`,
              },
            ]),
        {
          text: 'Read what runtime and kubelet say on the node.',
          command: `journalctl -u containerd -u crio -u kubelet --since -15min | grep -iE 'error|fail'   # on node ${nodeOf(given)}`,
        },
        {
          text: 'If only this node shows it, take the pods away from it, and restart its runtime.',
          command: `kubectl cordon ${nodeOf(given)} && kubectl delete pod ${given.observation.subject.name}${inNamespace(given)}   # then, on the node: systemctl restart containerd`,
        },
        ...undo(given),
      ]
    },
    factor: (given) => given.spec?.node,
  },
]

const isNoPull = (symptom: string, text: string): boolean =>
  !/ImagePull|ErrImage|InvalidImageName|Registry|SignatureValidation/.test(symptom) &&
  !/Failed to pull image|pulling image/i.test(text)

/** A limit below one mebibyte, which is never meant. */
function tooLittleMemory({ spec, quote }: Case): string | undefined {
  const limit = spec?.limits['memory']
  if (limit === undefined || !/memory|cgroup/i.test(quote)) return undefined
  return /^\d+m$/.test(limit) || (/^\d+$/.test(limit) && Number(limit) < 4_194_304) || /^\d+(?:k|Ki)$/.test(limit)
    ? limit
    : undefined
}

function deviceOf({ observation }: Case): string | undefined {
  const spec = specOf(observation)
  return Object.keys(spec?.limits ?? {}).find((name) => name.includes('/'))
}
