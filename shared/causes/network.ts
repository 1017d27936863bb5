import { anyOf } from './any-of.ts'
import type { Case, Cause } from './cause.ts'
import { inNamespace } from './wording.ts'

const facts = ({ observation }: Case, reason: string) =>
  observation.evidence.flatMap((piece) => (piece.source === 'object' && piece.reason === reason ? [piece.facts] : []))[0] ?? {}
const place = ({ observation: { subject } }: Case) => subject.namespace ?? 'default'

const backendMissing = anyOf(
  [
    /services? "?[\w./-]{0,120}"? (?:not found|does not exist)|could not find service|error getting service/,
    /unable to find (?:a )?(?:service|port|backend)|no object matching key|backend .{0,160}(?:not found|missing)/,
    /(?:secret|certificate) .{0,160}(?:not found|does not exist)|no certificate found/,
    /port .{0,160}(?:not found|does not exist|not defined)|unable to find port/,
    /ingressclass .{0,160}not found|invalid ingress class|^(?!.{0,200}(?:googleapi|load ?balancer)).{0,400}does not exist/,
  ],
  'i',
)

/** Services and Ingresses that lead nowhere. */
export const network: readonly Cause[] = [
  {
    code: 'IngressBackendMissing',
    family: 'network',
    title: 'An Ingress leads to something that does not exist',
    severity: 'critical',
    meaning: 'An Ingress names a service, port, class or TLS secret that does not exist.',
    knownBy: ['The Ingress names what the namespace does not have, or its controller says so.'],
    clues: [
      { source: 'object', reason: ['BackendMissing'], confidence: 'certain', weight: 70 },
      {
        source: 'event',
        text: backendMissing,
        confidence: 'certain',
        weight: 68,
        when: (_, { subject }) => subject.kind === 'Ingress',
      },
      {
        source: 'event',
        confidence: 'likely',
        weight: 40,
        when: ({ type }, { subject }) => subject.kind === 'Ingress' && type === 'Warning',
      },
      { source: 'object', reason: ['NoBackendKnown'], confidence: 'possible', weight: 20 },
    ],
    explain: (given) => {
      const { missing, similar, offered } = given.facts
      const hint = similar === undefined ? '' : ` There is one called ${similar}.`
      const has =
        missing === 'port' && offered !== undefined ? ' A backend names the port of the Service, not of the container.' : ''
      return `Ingress ${given.observation.subject.name} of namespace ${place(given)} cannot serve what it promises: ${given.quote}.${hint}${has} Requests for it are answered with 404 or 503; its other paths work.`
    },
    remedies: (given) => {
      const { missing, similar, offered } = given.facts
      const { name } = given.observation.subject
      return [
        {
          text: 'See what it names and what there is.',
          command:
            missing === 'IngressClass'
              ? 'kubectl get ingressclasses'
              : `kubectl describe ingress ${name}${inNamespace(given)}; kubectl get services${inNamespace(given)}`,
        },
        {
          text:
            similar === undefined
              ? `Correct the name${offered === undefined || offered === '' ? '' : ` (there is ${offered})`} in the Ingress.`
              : `If ${similar} is meant, correct the name in the Ingress.`,
          command: `kubectl edit ingress ${name}${inNamespace(given)}`,
        },
        ...(missing === 'Service'
          ? [
              {
                text: 'Or create the Service; it must be in the namespace of the Ingress.',
                command: `kubectl expose deployment NAME --name=${given.facts['service'] ?? 'NAME'} --port=80${inNamespace(given)}`,
              },
            ]
          : []),
      ]
    },
    factor: ({ facts: { service } }) => service,
  },
  {
    code: 'LoadBalancerFailed',
    family: 'network',
    title: 'The load balancer of a Service cannot be made',
    severity: 'critical',
    meaning: 'The load balancer of a Service cannot be created, or its targets not added.',
    knownBy: ['Events such as SyncLoadBalancerFailed or FailedDeployModel of the Service, or none assigned for minutes.'],
    clues: [
      {
        source: 'event',
        confidence: 'certain',
        weight: 72,
        when: ({ type, reason }, { subject }) =>
          /^(?:Service|TargetGroupBinding|Gateway)$/.test(subject.kind) && (type === 'Warning' || /Failed/.test(reason)),
      },
      { source: 'event', reason: ['FailedDeployModel', 'FailedBuildModel'], confidence: 'likely', weight: 60 },
      {
        source: 'event',
        text: /googleapi: Error|running load ?balancer|TooManyLoadBalancers|AccessDenied/i,
        unless: /could not find service/i,
        confidence: 'likely',
        weight: 62,
        when: (_, { subject }) => subject.kind === 'Ingress',
      },
      { source: 'object', reason: ['NoLoadBalancer'], confidence: 'likely', weight: 50 },
    ],
    explain: (given) => {
      const { quote } = given
      const why = /no load balancer was assigned/.test(quote)
        ? 'No controller has taken it up: a cluster without a cloud (or without MetalLB, kube-vip and the like) has nobody who makes load balancers.'
        : /AccessDenied|not authorized|Unauthorized|403|forbidden/i.test(quote)
          ? 'The controller lacks a permission at the cloud.'
          : /subnet/i.test(quote)
            ? 'It finds no suitable subnet: they need the tags kubernetes.io/role/elb or internal-elb, and free addresses.'
            : /quota|limit|exceeded|maximum/i.test(quote)
              ? 'A limit at the provider is reached.'
              : /security ?group/i.test(quote)
                ? 'The security groups are not as the controller needs them.'
                : ''
      return `Service ${given.observation.subject.name} of namespace ${place(given)} wants a load balancer and does not get it in full: ${quote}. ${why} Within the cluster the Service works; from outside it is not reached.`
    },
    remedies: (given) => [
      { text: 'See the events.', command: `kubectl describe service ${given.observation.subject.name}${inNamespace(given)}` },
      {
        text: 'Read the log of the controller that makes load balancers.',
        command: `kubectl get pods -A | grep -i -E 'cloud-controller|load-balancer|metallb|kube-vip'`,
      },
      ...(/subnet/i.test(given.quote)
        ? [
            {
              text: 'Tag the public subnets.',
              command: 'aws ec2 create-tags --resources SUBNET --tags Key=kubernetes.io/role/elb,Value=1',
            },
          ]
        : []),
      {
        text: 'See that it worked: EXTERNAL-IP shows an address.',
        command: `kubectl get service ${given.observation.subject.name}${inNamespace(given)} -w`,
      },
    ],
  },
  {
    code: 'ServiceWithoutEndpoints',
    family: 'network',
    title: 'A Service leads to no pod',
    severity: 'warning',
    severityIn: ({ facts: { selected, near } }) => (selected === '0' && near === undefined ? 'info' : undefined),
    meaning: 'A Service selects no ready pod, or a port that its pods do not have.',
    knownBy: ['No ready pod of the namespace has the labels (or the named port) that the Service asks for.'],
    clues: [
      { source: 'object', reason: ['NoEndpoints'], confidence: 'certain', weight: 60 },
      { source: 'object', reason: ['NoEndpointsKnown'], confidence: 'possible', weight: 20 },
      { source: 'event', text: /no endpoints available|does not have any active endpoint/i, confidence: 'likely', weight: 42 },
    ],
    explain: (given) => {
      const { near, targetPort, offered, selected } = given.facts
      if (targetPort !== undefined)
        return `${given.quote}. Connections to the Service are refused, although its pods run and are ready. The name must be that of a port in the pods' manifest, or the number itself.${offered ? ` There is: ${offered}.` : ''}`
      const hint = near === undefined ? '' : ` The nearest: ${near}.`
      return `${given.quote}. Connections to the Service are refused or time out.${hint}${selected === '0' ? ' Labels must match exactly, all of them, on the pod itself (not on its Deployment).' : ' The pods that it selects are the place to look.'}`
    },
    remedies: (given) => {
      const { selector = 'KEY=VALUE', targetPort, offered } = { ...facts(given, 'NoEndpoints'), ...given.facts }
      const { name } = given.observation.subject
      return targetPort === undefined
        ? [
            {
              text: 'See what it selects, and which labels the pods have.',
              command: `kubectl get pods${inNamespace(given)} -l '${selector}'; kubectl get pods${inNamespace(given)} --show-labels`,
            },
            {
              text: 'Correct the selector of the Service, or the labels of the pod template.',
              command: `kubectl edit service ${name}${inNamespace(given)}`,
            },
            {
              text: 'See that it worked.',
              command: `kubectl get endpointslices${inNamespace(given)} -l kubernetes.io/service-name=${name}`,
            },
          ]
        : [
            {
              text: 'See the ports of the pods.',
              command: `kubectl get pods${inNamespace(given)} -o custom-columns='POD:.metadata.name,PORTS:.spec.containers[*].ports[*]'`,
            },
            {
              text: `Name the port in the pods' manifest \`${targetPort}\`, or give the Service the right name or number.`,
              command: `kubectl patch service ${name}${inNamespace(given)} -p '{"spec":{"ports":[{"port":${given.facts['port'] ?? 80},"targetPort":${offered && !offered.includes(',') ? `"${offered}"` : 'PORT'}}]}}'`,
            },
            {
              text: 'See that it worked.',
              command: `kubectl get endpointslices${inNamespace(given)} -l kubernetes.io/service-name=${name}`,
            },
          ]
    },
  },
]
