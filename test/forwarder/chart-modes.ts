/** The ways to install the chart, as values; each renders, and each is linted. */
export const chartModes: Readonly<Record<string, readonly string[]>> = {
  'all namespaces': ['cluster=prod'],
  'some namespaces': ['cluster=prod', 'namespaces={shop,billing}'],
  IRSA: [
    'cluster=prod',
    'aws.roleArn=arn:aws:iam::111122223333:role/kulprit-prod',
    'bus.name=arn:aws:events:eu-west-1:111122223333:event-bus/kulprit',
  ],
  'Pod Identity': ['cluster=prod', 'aws.podIdentity=true', 'bus.region=eu-west-1'],
  'access keys': ['cluster=prod', 'aws.credentialsSecret=kulprit-aws', 'bus.region=eu-west-1'],
  'local hub': ['cluster=kind', 'bus.endpoint=http://172.18.0.1:4180', 'networkPolicy.egressPorts={443,6443,4180}'],
  'one replica on a claim': ['cluster=prod', 'replicas=1', 'spool.persistentVolumeClaim=kulprit-spool'],
  'own account and priority': [
    'cluster=prod',
    'serviceAccount.create=false',
    'serviceAccount.name=mine',
    'priorityClass.create=false',
    'priorityClass.name=system-cluster-critical',
  ],
  everything: [
    'cluster=prod',
    'image.digest=sha256:9b2a8f5c7d1e4b6a8c0d2e4f6a8b0c2d4e6f8a0b2c4d6e8f0a1b3c5d7e9f1a3b',
    'metrics.podMonitor=true',
    'redact.emails=true',
    'redact.patterns={CUST-[0-9]+,ORD-[0-9]+}',
    'podLabels.team=platform',
    'env[0].name=HTTPS_PROXY',
    'env[0].value=http://proxy:3128',
  ],
  'nothing optional': [
    'cluster=prod',
    'networkPolicy.enabled=false',
    'podDisruptionBudget.enabled=false',
    'priorityClass.create=false',
    'metrics.annotations=false',
  ],
}
