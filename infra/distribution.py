"""The site: a private bucket behind CloudFront, with the API on the same origin."""

from __future__ import annotations

from typing import Any

from infra.headers import browsing_headers, page_headers, special_pages

OWN_ORIGIN = ""
BUCKET, API = "site", "api"
# Cache policies and origin request policies that AWS keeps: https://docs.aws.amazon.com/AmazonCloudFront
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
ALL_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
READING = ["GET", "HEAD"]
NOT_FOUND_SECONDS = 10
# The errors that CloudFront keeps, for ten seconds and whatever their headers say, unless told otherwise.
KEPT_ERRORS = (400, 404, 405, 414, 416, 500, 501, 502, 503, 504)
OLD_VERSIONS_DAYS = 30

# What the browser says of itself is not believed; what the distribution saw is.
VIEWER_FUNCTION = """function handler(event) {
  var request = event.request;
  request.headers['x-viewer-address'] = { value: event.viewer.ip };
  return request;
}
"""


def resources(gateway: str, bucket: str) -> dict[str, Any]:
    """Return the bucket of that name, the distribution and what it needs, for the pages of a payment gateway."""
    pages = {"": "SiteHeaders"} | {page: f"{page.capitalize()}Headers" for page in sorted(special_pages())}
    return {
        "SiteBucket": _bucket(bucket),
        "SiteBucketPolicy": _bucket_policy(),
        "SiteAccess": {
            "Type": "AWS::CloudFront::OriginAccessControl",
            "Properties": {
                "OriginAccessControlConfig": {
                    "Name": {"Fn::Sub": "${AWS::StackName}-site"},
                    "OriginAccessControlOriginType": "s3",
                    "SigningBehavior": "always",
                    "SigningProtocol": "sigv4",
                }
            },
        },
        "ApiCaching": _api_caching(),
        "ViewerAddress": {
            "Type": "AWS::CloudFront::Function",
            "Properties": {
                "Name": {"Fn::Sub": "${AWS::StackName}-viewer-address"},
                "AutoPublish": True,
                "FunctionCode": VIEWER_FUNCTION,
                "FunctionConfig": {"Comment": "Tells the API who asks", "Runtime": "cloudfront-js-2.0"},
            },
        },
        **{name: _headers_policy(name, page_headers(OWN_ORIGIN, page, gateway)) for page, name in pages.items()},
        "BrowsingHeaders": _headers_policy(
            "BrowsingHeaders", page_headers(OWN_ORIGIN, "", gateway) | browsing_headers("/")
        ),
        "Distribution": _distribution(),
    }


def _bucket(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            # CloudFormation takes up again what is there by its name, if that stands here word for word.
            "BucketName": name,
            "PublicAccessBlockConfiguration": dict.fromkeys(
                ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
            ),
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "forget-old-versions",
                        "Status": "Enabled",
                        "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSIONS_DAYS},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                    }
                ]
            },
        },
    }


def _bucket_policy() -> dict[str, Any]:
    """Only the distribution reads, and nobody without TLS."""
    bucket = {"Fn::GetAtt": ["SiteBucket", "Arn"]}
    objects = {"Fn::Sub": "${SiteBucket.Arn}/*"}
    distribution = {"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}"}
    return {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "SiteBucket"},
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudfront.amazonaws.com"},
                        "Action": "s3:GetObject",
                        "Resource": objects,
                        "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
                    },
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [bucket, objects],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                ],
            },
        },
    }


def _api_caching() -> dict[str, Any]:
    """What the API calls public is kept for as long as it says; who carries a token has a copy of his own."""
    return {
        "Type": "AWS::CloudFront::CachePolicy",
        "Properties": {
            "CachePolicyConfig": {
                "Name": {"Fn::Sub": "${AWS::StackName}-api"},
                "MinTTL": 0,
                "DefaultTTL": 0,
                "MaxTTL": 60,
                "ParametersInCacheKeyAndForwardedToOrigin": {
                    "CookiesConfig": {"CookieBehavior": "none"},
                    "EnableAcceptEncodingBrotli": True,
                    "EnableAcceptEncodingGzip": True,
                    "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["Authorization", "Origin"]},
                    "QueryStringsConfig": {"QueryStringBehavior": "all"},
                },
            }
        },
    }


def _headers_policy(name: str, headers: dict[str, str]) -> dict[str, Any]:
    """Return a policy that sends some headers. CloudFront has fields of its own for those that matter to security."""
    security: dict[str, Any] = {}
    custom: list[dict[str, Any]] = []
    for header, value in headers.items():
        match header:
            case "Content-Security-Policy":
                security["ContentSecurityPolicy"] = {"ContentSecurityPolicy": value, "Override": True}
            case "Strict-Transport-Security":
                age = int(value.split(";")[0].removeprefix("max-age="))
                security["StrictTransportSecurity"] = {
                    "AccessControlMaxAgeSec": age,
                    "IncludeSubdomains": "includeSubDomains" in value,
                    "Override": True,
                }
            case "X-Content-Type-Options":
                security["ContentTypeOptions"] = {"Override": True}
            case "Referrer-Policy":
                security["ReferrerPolicy"] = {"ReferrerPolicy": value, "Override": True}
            case _:
                custom.append({"Header": header, "Value": value, "Override": True})
    return {
        "Type": "AWS::CloudFront::ResponseHeadersPolicy",
        "Properties": {
            "ResponseHeadersPolicyConfig": {
                "Name": {"Fn::Sub": f"${{AWS::StackName}}-{name}"},
                "SecurityHeadersConfig": security,
                "CustomHeadersConfig": {"Items": custom},
            }
        },
    }


def _distribution() -> dict[str, Any]:
    browsing = ["/", "/index.html", "/categories/*", "/products/*"]
    no_value = {"Ref": "AWS::NoValue"}
    return {
        "Type": "AWS::CloudFront::Distribution",
        "Properties": {
            "DistributionConfig": {
                "Enabled": True,
                "Comment": {"Fn::Sub": "${AWS::StackName}"},
                "HttpVersion": "http2and3",
                "IPV6Enabled": True,
                "DefaultRootObject": "index.html",
                "Aliases": {"Fn::If": ["HasDomain", [{"Ref": "DomainName"}], no_value]},
                "ViewerCertificate": {
                    "Fn::If": [
                        "HasDomain",
                        {
                            "AcmCertificateArn": {"Ref": "CertificateArn"},
                            "MinimumProtocolVersion": "TLSv1.2_2021",
                            "SslSupportMethod": "sni-only",
                        },
                        no_value,
                    ]
                },
                "Origins": [_site_origin(), _api_origin()],
                "DefaultCacheBehavior": _page_behavior("SiteHeaders"),
                "CacheBehaviors": [
                    _api_behavior(),
                    *(
                        {"PathPattern": f"/{page}", **_page_behavior(f"{page.capitalize()}Headers")}
                        for page in sorted(special_pages())
                    ),
                    *({"PathPattern": path, **_page_behavior("BrowsingHeaders")} for path in browsing),
                ],
                # A private bucket whose keys may not be listed answers 403 for what is not there. The API never does.
                "CustomErrorResponses": [
                    {
                        "ErrorCode": 403,
                        "ResponseCode": 404,
                        "ResponsePagePath": "/404",
                        "ErrorCachingMinTTL": NOT_FOUND_SECONDS,
                    },
                    # What one request met is not for all: not an outage, not a 404 for who has not the order's key.
                    *({"ErrorCode": code, "ErrorCachingMinTTL": 0} for code in KEPT_ERRORS),
                ],
            }
        },
    }


def _site_origin() -> dict[str, Any]:
    return {
        "Id": BUCKET,
        "DomainName": {"Fn::GetAtt": ["SiteBucket", "RegionalDomainName"]},
        "OriginAccessControlId": {"Fn::GetAtt": ["SiteAccess", "Id"]},
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }


def _api_origin() -> dict[str, Any]:
    return {
        "Id": API,
        "DomainName": {"Fn::Sub": "${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}"},
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]},
        "OriginCustomHeaders": [{"HeaderName": "X-Origin-Secret", "HeaderValue": {"Ref": "OriginSecret"}}],
    }


def _page_behavior(headers: str) -> dict[str, Any]:
    return {
        "TargetOriginId": BUCKET,
        "AllowedMethods": READING,
        "CachePolicyId": CACHING_OPTIMIZED,
        "Compress": True,
        "ResponseHeadersPolicyId": {"Ref": headers},
        "ViewerProtocolPolicy": "redirect-to-https",
    }


def _api_behavior() -> dict[str, Any]:
    return {
        "PathPattern": "/api/*",
        "TargetOriginId": API,
        "AllowedMethods": ALL_METHODS,
        "CachePolicyId": {"Ref": "ApiCaching"},
        "Compress": True,
        "FunctionAssociations": [
            {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["ViewerAddress", "FunctionARN"]}}
        ],
        "OriginRequestPolicyId": ALL_VIEWER_EXCEPT_HOST,
        "ViewerProtocolPolicy": "https-only",
    }
