/**
 * The site of the console: a private bucket that only its own distribution reads, CloudFront in front of it, and the API below
 * `/api` of the same origin. Invariants: nothing is readable over plain HTTP; every answer, the API's too, tells browsers to
 * run no script but the console's own and to show it in no frame; an address of a view is answered with the page itself, and
 * a missing file or a refusal of the API stays what it is. Pages of another origin can load the web component alone, where the
 * deployment names them.
 */
import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { BROWSER_HEADERS, contentSecurityPolicy } from '../../domain/browser-headers.ts';
import type { Deployment } from '../deployment.ts';
import { consoleBucketName } from '../names.ts';
import { accept } from './accepted.ts';

export interface ConsoleSiteProps {
  readonly deployment: Deployment;
  readonly api: HttpApi;
  /** Origins that its pages may call beside their own. */
  readonly origins: readonly string[];
}

/** Addresses of views have no dot in their last part; files of the site have one. */
const SHOW_VIEW = `function handler(event) {
  var request = event.request;
  if (request.uri.split('/').pop().indexOf('.') < 0) request.uri = '/index.html';
  return request;
}`;

/** Those for which CloudFront has settings of its own; the others are sent as they are. */
const SECURITY = ['content-security-policy', 'referrer-policy', 'x-content-type-options', 'x-frame-options'];

export class ConsoleSite extends Construct {
  readonly bucket: s3.Bucket;
  /** Name that CloudFront gives. */
  readonly target: string;
  /** Without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: ConsoleSiteProps) {
    super(scope, id);
    const { deployment } = props;
    this.bucket = new s3.Bucket(this, 'Files', {
      bucketName: consoleBucketName(deployment),
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // Every deployment stores the files again; the function that does removes them with the stack.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accept(
      this.bucket,
      'AwsSolutions-S1',
      'Its files are those of the published package, and only the distribution reads it.',
    );
    const distribution = this.distribution(props);
    this.target = distribution.distributionDomainName;
    this.url = `https://${deployment.console?.domain ?? this.target}`;
  }

  private distribution({ deployment, api, origins }: ConsoleSiteProps): cloudfront.Distribution {
    const { domain, certificate } = deployment.console!;
    const responseHeadersPolicy = this.headers(deployment, origins);
    const shared = { responseHeadersPolicy, viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY };
    const host = `${api.apiId}.execute-api.${Stack.of(this).region}.${Aws.URL_SUFFIX}`;
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `${deployment.name}: console`,
      defaultRootObject: 'index.html',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
      defaultBehavior: {
        ...{ ...shared, viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS },
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket as s3.IBucket),
        // Keeps each file as long as the file itself says (runtime/publish-console.ts).
        cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
        functionAssociations: [
          { eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: this.showView(deployment) },
        ],
      },
      additionalBehaviors: {
        '/api/*': {
          ...shared,
          origin: new HttpOrigin(host, { readTimeout: Duration.seconds(30) }),
          allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
          cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
          // API Gateway answers to its own name only.
          originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        },
        ...this.component(deployment),
      },
      ...(domain !== undefined && {
        domainNames: [domain],
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
        certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', certificate!),
      }),
    });
    acceptFindings(distribution, domain);
    return distribution;
  }

  /** The script of the web component, for pages of the application, which load it from another origin. */
  private component({ name, console: option }: Deployment): Record<string, cloudfront.BehaviorOptions> {
    const origins = option?.self?.origins ?? [];
    if (origins.length === 0) return {};
    const override = true;
    const responseHeadersPolicy = new cloudfront.ResponseHeadersPolicy(this, 'ComponentHeaders', {
      comment: `${name}: web component of self-service`,
      corsBehavior: {
        ...{ accessControlAllowOrigins: [...origins], accessControlAllowMethods: ['GET'] },
        ...{ accessControlAllowHeaders: ['*'], accessControlAllowCredentials: false, originOverride: override },
      },
      securityHeadersBehavior: {
        contentTypeOptions: { override },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override },
      },
      customHeadersBehavior: {
        customHeaders: [{ header: 'cross-origin-resource-policy', value: 'cross-origin', override }],
      },
    });
    return {
      '/component/*': {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket as s3.IBucket),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy,
      },
    };
  }

  private showView({ name }: Deployment): cloudfront.Function {
    return new cloudfront.Function(this, 'ShowView', {
      functionName: `${name}-console-show-view`,
      comment: 'Answers the address of a view with the page',
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(SHOW_VIEW),
    });
  }

  private headers({ name }: Deployment, origins: readonly string[]): cloudfront.ResponseHeadersPolicy {
    const override = true;
    const others = Object.entries(BROWSER_HEADERS).filter(([header]) => !SECURITY.includes(header));
    return new cloudfront.ResponseHeadersPolicy(this, 'Headers', {
      comment: `${name}: console`,
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(origins), override },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override },
        contentTypeOptions: { override },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override },
      },
      customHeadersBehavior: { customHeaders: others.map(([header, value]) => ({ header, value, override })) },
    });
  }
}

function acceptFindings(distribution: cloudfront.Distribution, domain: string | undefined): void {
  for (const [rule, reason] of Object.entries({
    CFR1: 'People work from wherever they are; the API admits only who has signed in.',
    CFR2: 'The API takes typed requests of people who have signed in, within limits; a web ACL of your own can be attached.',
    CFR3: 'The API has an access log of its own; the other files are public.',
  }))
    accept(distribution, `AwsSolutions-${rule}`, reason);
  if (domain === undefined)
    accept(
      distribution,
      'AwsSolutions-CFR4',
      'With its own name and certificate CloudFront fixes the policy of TLS; `console.domain` names another, with TLS 1.2 or newer.',
    );
}
