/**
 * The public site of one region: a private bucket that only its own distribution reads, and CloudFront in front of it; and the
 * entry at which people post. Invariants: nothing is readable over plain HTTP, nothing but the files of the status page is ever
 * in the bucket, and no browser runs a script of the site or shows it in a frame.
 */
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { statusBucketName, type WorkRegion } from '../names.ts';
import { accept } from './accepted.ts';
import { grantAppendAudit } from './access-audit.ts';
import { grantPostStatus } from './access-reports.ts';
import type { FunctionSet } from './function-set.ts';

export interface StatusSiteProps {
  readonly deployment: Deployment;
  readonly region: WorkRegion;
}

/** The page has its style in itself, no script, and requests nothing. */
const CONTENT = [
  ...["default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'"],
  "frame-ancestors 'none'",
].join('; ');

export class StatusSite extends Construct {
  readonly bucketName: string;

  constructor(scope: Construct, id: string, { deployment, region }: StatusSiteProps) {
    super(scope, id);
    this.bucketName = statusBucketName(deployment, region);
    const bucket = new s3.Bucket(this, 'Files', {
      bucketName: this.bucketName,
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // Every build makes its two files again.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accept(bucket, 'AwsSolutions-S1', 'Its two files are public, and only the distribution in its policy can read it.');
    const domain = deployment.statusPage?.domains[region];
    const distribution = this.distribution(deployment, bucket, domain);
    new CfnOutput(scope, 'StatusPageUrl', {
      value: `https://${domain?.name ?? distribution.distributionDomainName}/`,
      description: 'The public status page that this region makes.',
    });
    new CfnOutput(scope, 'StatusPageTarget', {
      value: distribution.distributionDomainName,
      description: 'What a name of your own points to (CNAME).',
    });
  }

  private distribution(
    { name }: Deployment,
    bucket: s3.Bucket,
    domain: { readonly name: string; readonly certificateArn: string } | undefined,
  ): cloudfront.Distribution {
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `${name}: public status page`,
      defaultRootObject: 'index.html',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
      defaultBehavior: {
        // The class declares an optional property otherwise than its own interface.
        origin: S3BucketOrigin.withOriginAccessControl(bucket as s3.IBucket),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        // Keeps each file as long as the file itself says (aws/public-site.ts).
        cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: this.headers(name),
      },
      ...(domain && {
        domainNames: [domain.name],
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
        certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      }),
    });
    for (const [rule, reason] of Object.entries({
      CFR1: 'The page is for everybody, wherever they are, and names no customer.',
      CFR2: 'Two static files behind a cache: there is no query, form or code that a request could reach.',
      CFR3: 'A log would keep the addresses of readers of a public page; CloudFront counts requests without one.',
    }))
      accept(distribution, `AwsSolutions-${rule}`, reason);
    if (domain === undefined)
      accept(
        distribution,
        'AwsSolutions-CFR4',
        'With its own name and certificate CloudFront fixes the policy of TLS; `statusPage.domains` names others, with TLS 1.2 or newer.',
      );
    return distribution;
  }

  private headers(name: string): cloudfront.ResponseHeadersPolicy {
    const override = true;
    return new cloudfront.ResponseHeadersPolicy(this, 'Headers', {
      comment: `${name}: public status page`,
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: CONTENT, override },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override },
        contentTypeOptions: { override },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override },
      },
    });
  }
}

/** Where operators post. */
export function statusEntry(functions: FunctionSet): lambda.Function {
  return functions.make('post-status', {
    description: 'Keeps what a person posts on the status page',
    grants: [grantPostStatus, grantAppendAudit],
  });
}
