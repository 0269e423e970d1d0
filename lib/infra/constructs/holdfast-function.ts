/**
 * One function as Holdfast deploys it: ARM, Node.js 24, JSON logs without tenant data, traced, in the database's VPC if it
 * needs the database, with its own role, which starts without permissions. The grants of access*.ts add them, one line
 * each.
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { FUNCTION_CONFIG_VARIABLE, type FunctionConfig } from '../../domain/function-config.ts';
import type { DeliveryConfig } from '../../domain/message-delivery.ts';
import type { Grantee } from './grant.ts';
import type { VaultCrossing } from './vault-roles.ts';

export interface FunctionNetwork {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
  readonly securityGroup: ec2.ISecurityGroup;
}

export interface HoldfastFunctionProps {
  /** Part of the function's name. */
  readonly name: string;
  /** File in lambdas/ without its extension. */
  readonly handler: string;
  readonly description: string;
  readonly code: lambda.Code;
  readonly config: FunctionConfig | DeliveryConfig;
  /** @default - outside any VPC: the function does not use the database */
  readonly network?: FunctionNetwork;
  readonly memoryMb: number;
  /** @default 1 minute */
  readonly timeout?: Duration;
  /** @default - unreserved */
  readonly reservedConcurrency?: number;
  /** Works for one tenant at a time, with sessions of its own session role. @default - no session role */
  readonly forOneTenant?: boolean;
  /** Its roles in the account of the vault. @default - the vault is in the account of the function */
  readonly crossing?: VaultCrossing;
}

/** Its grants on the vault go to its role in the account of the vault, if that is another. */
class WorkFunction extends lambda.Function implements Grantee {
  readonly inVault?: Pick<Grantee, 'addToRolePolicy'>;

  constructor(scope: Construct, id: string, props: lambda.FunctionProps, inVault: Grantee | undefined) {
    super(scope, id, props);
    if (inVault !== undefined) this.inVault = inVault;
  }
}

export class HoldfastFunction extends Construct {
  readonly function: lambda.Function & Grantee;
  /** If it works for one tenant: starts without permissions, like the function's own role. */
  readonly sessionRole?: Grantee & { readonly arn: string };

  constructor(scope: Construct, id: string, props: HoldfastFunctionProps) {
    super(scope, id);
    const { handler, network, crossing } = props;
    const role = new iam.Role(this, 'Role', {
      ...(crossing && { roleName: crossing.roleName }),
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `${props.config.name}: ${props.description}`,
    });
    if (props.forOneTenant) this.sessionRole = crossing?.tenantRole ?? this.ownSessionRole(role, props);
    const config = {
      ...props.config,
      ...(this.sessionRole && { sessionRole: this.sessionRole.arn }),
      ...(crossing && { vaultRole: crossing.role.arn }),
    };
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const made: lambda.FunctionProps = {
      functionName: `${config.name}-${props.name}`,
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      code: props.code,
      handler: `${handler}.handler`,
      role,
      memorySize: props.memoryMb,
      timeout: props.timeout ?? Duration.minutes(1),
      tracing: lambda.Tracing.ACTIVE,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      environment: {
        // Names of constructs of other stacks can be in it, and a port that is a reference is no JSON number yet.
        [FUNCTION_CONFIG_VARIABLE]: Stack.of(this).toJsonString(config),
        NODE_OPTIONS: '--enable-source-maps',
        // Its level is INFO by default: of the 4 KB of an environment, long names leave none for saying so.
        POWERTOOLS_SERVICE_NAME: config.name,
      },
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(network && {
        vpc: network.vpc,
        vpcSubnets: network.subnets,
        securityGroups: [network.securityGroup],
      }),
    };
    this.function = new WorkFunction(this, 'Function', made, crossing?.role);
    logGroup.grantWrite(role);
  }

  private ownSessionRole(role: iam.Role, props: HoldfastFunctionProps): HoldfastFunction['sessionRole'] & object {
    const made = new iam.Role(this, 'SessionRole', {
      assumedBy: new iam.ArnPrincipal(role.roleArn),
      description: `${props.config.name}: ${props.description}, for the tenant of the session`,
      maxSessionDuration: Duration.hours(1),
    });
    return { arn: made.roleArn, addToRolePolicy: statement => void made.addToPolicy(statement) };
  }
}
