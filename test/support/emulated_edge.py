"""CloudFront in front of an HTTP API, where MiniStack 1.5.33 differs from AWS. It refuses an API as the origin of a distribution,
which it looks for on the network: here it finds it in itself, under the name that it gives to its APIs. And it stores the CORS
configuration of a template under other names than it reads.
"""
import os
import re

_API = re.compile(r"^([0-9a-f]{8})\.execute-api\.[a-z0-9-]+\.amazonaws\.com$")


def reach_apis():
    import ministack.services.cloudfront as cloudfront

    connect_target, request_headers = cloudfront._origin_connect_target, cloudfront._origin_request_headers

    def target_of(origin, viewer_is_https):
        if not _API.match(origin["domain_name"]):
            return connect_target(origin, viewer_is_https)
        # Without TLS, as everything of the emulator.
        return "127.0.0.1", int(os.environ["GATEWAY_PORT"]), False

    def headers_of(origin, *rest):
        headers = request_headers(origin, *rest)
        found = _API.match(headers.get("Host", ""))
        return {**headers, "Host": f"{found[1]}.execute-api.localhost"} if found else headers

    cloudfront._origin_connect_target = target_of
    cloudfront._origin_request_headers = headers_of


def read_cors():
    import ministack.services.apigateway as apigateway

    headers_of, preflight = apigateway._cors_response_headers, apigateway._cors_preflight_response
    apigateway._cors_response_headers = lambda configured, origin: headers_of(_as_read(configured), origin)
    apigateway._cors_preflight_response = lambda configured, origin: preflight(_as_read(configured), origin)


def _as_read(configured):
    """`AllowOrigins` of a template is `allowOrigins` of the service."""
    return {name[0].lower() + name[1:]: value for name, value in (configured or {}).items()}
