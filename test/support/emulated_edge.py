"""CloudFront in front of an HTTP API. MiniStack 1.5.33 serves distributions and HTTP APIs, but refuses an API as the origin of a
distribution: it looks for it on the network. Here it finds it in itself, under the name that it gives to its APIs.
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
