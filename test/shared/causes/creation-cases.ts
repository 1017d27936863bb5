/** What is said while a container is created, and the cause it speaks for. */
export interface Creation {
  readonly cause: string
  readonly says: string
  /** Where it is said: at the container, of its sandbox, or of its volumes. */
  readonly at?: 'config' | 'create' | 'run' | 'sandbox' | 'mount'
}

/** Where a container waits, the event that says so, and how its message begins. */
export const places = {
  config: ['CreateContainerConfigError', 'Failed', 'Error: '],
  create: ['CreateContainerError', 'Failed', 'Error: '],
  run: ['RunContainerError', 'Failed', 'Error: '],
  sandbox: ['ContainerCreating', 'FailedCreatePodSandBox', 'Failed to create pod sandbox: rpc error: code = Unknown desc = '],
  mount: ['ContainerCreating', 'FailedMount', ''],
} as const

/** How containerd begins what runc says. */
export const oci =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: '

/** For each cause of the families config and runtime what says so. */
export const creations: readonly Creation[] = [
  { cause: 'ConfigMapNotFound', at: 'config', says: 'configmap "web-config" not found' },
  { cause: 'ConfigMapNotFound', at: 'config', says: 'configmaps "web-config" not found' },
  {
    cause: 'ConfigMapNotFound',
    at: 'mount',
    says: 'MountVolume.SetUp failed for volume "config" : configmap "web-config" not found',
  },
  {
    cause: 'ConfigMapNotFound',
    at: 'mount',
    says: 'MountVolume.SetUp failed for volume "config" : references non-existent configmap: web-config',
  },
  { cause: 'SecretNotFound', at: 'config', says: 'secret "web-database" not found' },
  { cause: 'SecretNotFound', at: 'mount', says: 'MountVolume.SetUp failed for volume "tls" : secret "web-tls" not found' },
  {
    cause: 'SecretNotFound',
    at: 'mount',
    says: 'MountVolume.SetUp failed for volume "tls" : couldn\'t get secret shop/web-tls: secrets "web-tls" not found',
  },
  { cause: 'ConfigKeyNotFound', at: 'config', says: "couldn't find key password in Secret shop/web-database" },
  { cause: 'ConfigKeyNotFound', at: 'config', says: "couldn't find key LEVEL in ConfigMap shop/web-config" },
  {
    cause: 'ConfigKeyNotFound',
    at: 'mount',
    says: 'MountVolume.SetUp failed for volume "config" : configmap references non-existent config key: app.yaml',
  },
  {
    cause: 'ConfigKeyNotFound',
    at: 'mount',
    says: 'MountVolume.SetUp failed for volume "tls" : references non-existent secret key: tls.crt',
  },
  {
    cause: 'RunAsNonRootViolation',
    at: 'config',
    says: 'container has runAsNonRoot and image will run as root (pod: "web-1_shop(u1)", container: app)',
  },
  {
    cause: 'RunAsNonRootViolation',
    at: 'config',
    says: 'container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root',
  },
  { cause: 'RunAsNonRootViolation', at: 'config', says: "container's runAsUser breaks non-root policy" },
  {
    cause: 'InvalidSecurityContext',
    at: 'create',
    says: 'failed to create containerd container: cannot load seccomp profile "/var/lib/kubelet/seccomp/web.json": open /var/lib/kubelet/seccomp/web.json: no such file or directory',
  },
  {
    cause: 'InvalidSecurityContext',
    at: 'create',
    says: 'failed to get container spec opts: failed to generate apparmor spec opts: apparmor is not supported',
  },
  {
    cause: 'InvalidSecurityContext',
    at: 'run',
    says: `${oci}error during container init: unable to apply apparmor profile: apparmor failed to apply profile: write /proc/self/attr/apparmor/exec: no such file or directory: unknown`,
  },
  {
    cause: 'InvalidSecurityContext',
    at: 'create',
    says: 'invalid capability: "CAP_NET_ADMINN": unknown capability "CAP_NET_ADMINN"',
  },
  { cause: 'InvalidSecurityContext', at: 'run', says: `${oci}unable to find user app: no matching entries in passwd file` },
  {
    cause: 'InvalidSecurityContext',
    at: 'sandbox',
    says: 'failed to create sandbox: OCI runtime create failed: sysctl "vm.max_map_count" is not in a separate kernel namespace: unknown',
  },
  {
    cause: 'InvalidSecurityContext',
    at: 'run',
    says: `${oci}error during container init: write /proc/self/attr/keycreate: invalid argument: unknown`,
  },
  {
    cause: 'InvalidMountPath',
    at: 'run',
    says: `${oci}error during container init: error mounting "/var/lib/kubelet/pods/u1/volume-subpaths/config/app/0" to rootfs at "/etc/app.conf": mount /var/lib/x:/etc/app.conf (via /proc/self/fd/6), flags: 0x5001: not a directory: unknown`,
  },
  {
    cause: 'InvalidMountPath',
    at: 'run',
    says: 'OCI runtime create failed: container_linux.go:380: starting container process caused: rootfs_linux.go:75: mounting "/a" to rootfs at "/b" caused: mount through procfd: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type',
  },
  {
    cause: 'InvalidMountPath',
    at: 'config',
    says: 'failed to create subPath directory for volumeMount "data" of container "app"',
  },
  {
    cause: 'InvalidMountPath',
    at: 'run',
    says: `${oci}error during container init: error mounting "/v" to rootfs at "/app/cache": create mountpoint for /app/cache mount: make mountpoint "/app/cache": mkdirat /run/rootfs/app/cache: read-only file system: unknown`,
  },
  {
    cause: 'InvalidMountPath',
    at: 'create',
    says: "Error response from daemon: invalid volume specification: '/data:data': invalid mount config for type \"bind\": invalid mount path: 'data' mount path must be absolute",
  },
  {
    cause: 'RuntimeError',
    at: 'create',
    says: 'failed to reserve container name "app_web-1_shop_u1_0": name "app_web-1_shop_u1_0" is reserved for "5f1c"',
  },
  { cause: 'RuntimeError', at: 'create', says: 'context deadline exceeded' },
  {
    cause: 'RuntimeError',
    at: 'sandbox',
    says: 'failed to create containerd task: failed to start shim: start failed: ttrpc: closed: unknown',
  },
  {
    cause: 'RuntimeError',
    at: 'sandbox',
    says: 'failed to start sandbox container for pod "web-1": Error response from daemon: OCI runtime create failed: container init exited prematurely: read init-p: connection reset by peer',
  },
  {
    cause: 'RuntimeError',
    at: 'run',
    says: `${oci}unable to apply cgroup configuration: cannot enter cgroupv2 "/sys/fs/cgroup/kubepods.slice" with domain controllers -- it is in an invalid state: unknown`,
  },
  {
    cause: 'RuntimeError',
    at: 'sandbox',
    says: 'connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
  },
  {
    cause: 'SandboxNetworkFailure',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized',
  },
  {
    cause: 'SandboxNetworkFailure',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
  },
  {
    cause: 'SandboxNetworkFailure',
    at: 'sandbox',
    says: 'failed to set up sandbox container "ab" network for pod "web-1": networkPlugin cni failed to set up pod "web-1_shop" network: failed to set bridge addr: "cni0" already has an IP address different from 10.244.1.1/24',
  },
  {
    cause: 'SandboxNetworkFailure',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="cilium-cni" failed (add): unable to connect to Cilium daemon: failed to create cilium agent client after 30.000000 seconds timeout',
  },
  {
    cause: 'SandboxNetworkFailure',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="multus" name="multus-cni-network" failed (add): Multus: [shop/web-1/u1]: error getting k8s client: no such file',
  },
  {
    cause: 'IpAddressesExhausted',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
  },
  {
    cause: 'IpAddressesExhausted',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="flannel" failed (add): failed to delegate add: failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254',
  },
  {
    cause: 'IpAddressesExhausted',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="cilium-cni" failed (add): unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure range is full',
  },
  {
    cause: 'IpAddressesExhausted',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="calico" failed (add): failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled',
  },
  { cause: 'RuntimeHandlerMissing', at: 'sandbox', says: 'failed to get sandbox runtime: no runtime for "gvisor" is configured' },
  {
    cause: 'RuntimeHandlerMissing',
    at: 'sandbox',
    says: 'failed to find runtime handler kata from runtime list map[runc:0xc000]',
  },
  { cause: 'RuntimeHandlerMissing', at: 'sandbox', says: 'RuntimeHandler "kata" not supported' },
  {
    cause: 'DeviceUnavailable',
    at: 'run',
    says: `${oci}error during container init: error running hook #0: error running hook: exit status 1, stdout: , stderr: nvidia-container-cli: initialization error: nvml error: driver not loaded: unknown`,
  },
  {
    cause: 'DeviceUnavailable',
    at: 'create',
    says: 'failed to generate container spec: failed to generate spec: failed to inject CDI devices: unresolvable CDI devices nvidia.com/gpu=0',
  },
  {
    cause: 'DeviceUnavailable',
    at: 'create',
    says: 'error gathering device information while adding custom device "/dev/nvidia0": no such file or directory',
  },
  {
    cause: 'InvalidMountPath',
    at: 'run',
    says: 'OCI runtime create failed: container_linux.go:370: starting container process caused: rootfs_linux.go:59: mounting "/var/lib/kubelet/pods/u1/volume-subpaths/config/app/1" to rootfs at "/var/lib/docker/overlay2/69/merged/etc/app.json" caused: no such file or directory: unknown',
  },
  {
    cause: 'InvalidMountPath',
    at: 'create',
    says: "Error response from daemon: error while creating mount source path '/data/web': mkdir /data: read-only file system",
  },
  {
    cause: 'RuntimeError',
    at: 'run',
    says: 'failed to create containerd task: failed to create shim task: failed to mount rootfs component: mount source: "overlay", target: "/run/containerd/x/rootfs", fstype: overlay, data: "workdir=/x", err: invalid argument: unknown',
  },
  {
    cause: 'RuntimeError',
    at: 'run',
    says: `${oci}error during container init: error mounting "proc" to rootfs at "/proc": mount src=proc, dst=/proc: operation not permitted: unknown`,
  },
  {
    cause: 'RuntimeError',
    at: 'sandbox',
    says: 'failed to create containerd task: cgroups: mkdir /sys/fs/cgroup/memory/kubepods/pod1: no space left on device: unknown',
  },
  {
    cause: 'RuntimeError',
    at: 'run',
    says: 'OCI runtime create failed: runc did not terminate successfully: exit status 2: runtime/cgo: pthread_create failed: Resource temporarily unavailable',
  },
  {
    cause: 'RuntimeError',
    at: 'sandbox',
    says: 'failed to create a sandbox for pod "web-1": Error response from daemon: Conflict. The container name "/k8s_POD_web-1" is already in use by container "ab"',
  },
  {
    cause: 'SandboxNetworkFailure',
    at: 'sandbox',
    says: 'failed to create pod network sandbox k8s_web-1_shop(u1): error adding pod shop_web-1 to CNI network "multus-cni-network": plugin type="multus" failed (add): timed out waiting for annotations',
  },
  {
    cause: 'IpAddressesExhausted',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="azure-vnet" failed (add): IPAM Invoker Add failed: Failed to get IP address from CNS: AllocateIPConfig failed: not enough IPs available for u1, waiting on Azure CNS to allocate more',
  },
  {
    cause: 'IpAddressesExhausted',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="whereabouts" failed (add): error at storage engine: Could not allocate IP in range: ip: 192.0.2.1 / - 192.0.2.6',
  },
  {
    cause: 'InvalidSecurityContext',
    at: 'create',
    says: 'failed to create containerd container: get apparmor_parser version: exec: "apparmor_parser": executable file not found in $PATH',
  },
  {
    cause: 'InvalidSecurityContext',
    at: 'create',
    says: 'relabel failed /var/lib/kubelet/pods/u1/volumes/data: lsetxattr /var/lib/kubelet: operation not supported',
  },
  {
    cause: 'ImagePlatformMismatch',
    at: 'create',
    says: 'hcs::CreateComputeSystem app: The container operating system does not match the host operating system.',
  },
]

/** What reads like another cause. */
export interface MissedCreation extends Creation {
  readonly not: string
}

/** What the words of one cause mean elsewhere. */
export const creationNearMisses: readonly MissedCreation[] = [
  { not: 'ConfigMapNotFound', cause: 'SecretNotFound', at: 'config', says: 'secret "configmap" not found' },
  {
    not: 'ConfigMapNotFound',
    cause: 'ConfigKeyNotFound',
    at: 'mount',
    says: 'MountVolume.SetUp failed for volume "config" : configmap references non-existent config key: app.yaml',
  },
  {
    not: 'SecretNotFound',
    cause: 'ConfigKeyNotFound',
    at: 'config',
    says: "couldn't find key secret in Secret shop/web-database",
  },
  { not: 'ConfigKeyNotFound', cause: 'ConfigMapNotFound', at: 'config', says: 'configmap "key" not found' },
  {
    not: 'RunAsNonRootViolation',
    cause: 'InvalidSecurityContext',
    at: 'run',
    says: `${oci}unable to find user root2: no matching entries in passwd file`,
  },
  {
    not: 'InvalidSecurityContext',
    cause: 'RunAsNonRootViolation',
    at: 'config',
    says: 'container has runAsNonRoot and image will run as root',
  },
  {
    not: 'InvalidMountPath',
    cause: 'RuntimeError',
    at: 'run',
    says: `${oci}error during container init: error mounting "cgroup" to rootfs at "/sys/fs/cgroup": operation not permitted`,
  },
  {
    not: 'RuntimeError',
    cause: 'NodeDiskFull',
    at: 'create',
    says: 'failed to create containerd container: write /var/lib/containerd/snapshots/new-1: no space left on device',
  },
  {
    not: 'SandboxNetworkFailure',
    cause: 'RegistryUnreachable',
    at: 'sandbox',
    says: 'failed to get sandbox image "registry.k8s.io/pause:3.9": failed to pull image "registry.k8s.io/pause:3.9": failed to do request: Head "https://registry.k8s.io/v2/pause/manifests/3.9": dial tcp 34.96.108.209:443: i/o timeout',
  },
  {
    not: 'IpAddressesExhausted',
    cause: 'SandboxNetworkFailure',
    at: 'sandbox',
    says: 'failed to setup network for sandbox "ab": plugin type="bridge" failed (add): failed to allocate for range 0: requested IP address 10.244.1.9 is already allocated',
  },
  {
    not: 'RuntimeHandlerMissing',
    cause: 'RuntimeError',
    at: 'sandbox',
    says: 'failed to start sandbox container task: runtime handler kata: ttrpc: closed: unknown',
  },
  {
    not: 'DeviceUnavailable',
    cause: 'RuntimeError',
    at: 'create',
    says: 'failed to create containerd task: unable to start unit: device or resource busy',
  },
]
