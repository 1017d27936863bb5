import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyStatement, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { tableShape, type IndexName } from '../shared/table.ts'

const text = (name: string) => ({ name, type: AttributeType.STRING })

/** The one table: what is known of incidents, clusters, silences and messages. It outlives the stack. */
export class Table extends Construct {
  readonly tableName: string
  readonly tableArn: string

  /** With the name of a table that is there already, one that was restored from a backup, that one is used. */
  constructor(scope: Construct, id: string, existing: string | undefined) {
    super(scope, id)
    const { tableName, tableArn } = existing === undefined ? this.make() : TableV2.fromTableName(this, 'Table', existing)
    this.tableName = tableName
    this.tableArn = tableArn
  }

  private make(): TableV2 {
    return new TableV2(this, 'Table', {
      partitionKey: text(tableShape.partitionKey),
      sortKey: text(tableShape.sortKey),
      timeToLiveAttribute: tableShape.timeToLive,
      globalSecondaryIndexes: tableShape.indexes.map(({ name, partitionKey, sortKey, projected }) => ({
        indexName: name,
        partitionKey: text(partitionKey),
        sortKey: text(sortKey),
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: [...projected],
      })),
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }

  /** Allows these actions on the table's items, and queries of these indexes. */
  grant(grantee: IGrantable, actions: readonly TableAction[], indexes: readonly IndexName[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: actions.map((action) => `dynamodb:${action}`), resources: [this.tableArn] }),
    )
    if (indexes.length === 0) return
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['dynamodb:Query'],
        resources: indexes.map((index) => `${this.tableArn}/index/${index}`),
      }),
    )
  }
}

export type TableAction = 'GetItem' | 'BatchGetItem' | 'Query' | 'PutItem' | 'BatchWriteItem' | 'DeleteItem'
