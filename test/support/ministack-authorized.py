"""MiniStack with authorization: signatures are checked, and every request is authorized by the caller's policies.

MiniStack (AUTH=true) evaluates identity, session, resource and boundary policies; iam_requests.py tells it what it does not
derive from a request itself. HOLDFAST_DENIED names a file, to which each denied call is appended as a line of JSON. What
remains unauthorized here: the requests of state machines and schedules, which MiniStack sends as the account itself.
"""
import contextvars
import json
import os

os.environ["AUTH"] = "true"

import emulated_edge
import iam_requests
import ministack.core.iam_actions as actions
import ministack.core.iam_evaluator as evaluator
import remembered_policies
import shared_code

_asked: contextvars.ContextVar = contextvars.ContextVar("asked", default=iam_requests.Asked())


def keys_of_request(service, action, body, params):
    """Condition keys of a request; the others of its facts wait for `authorize`, which is called with them next."""
    asked = iam_requests.asked_by(service, action, body)
    _asked.set(asked)
    return {**_request_tags(service, action, body, params), **asked.keys}


def resource_of_request(service, method, path, headers, body, params, region, account):
    arn = _resource(service, method, path, headers, body, params, region, account)
    return iam_requests.resource_of(service, arn, headers, body)


def authorize(caller, action, service, region, resource_arn="*", service_context=None):
    keys = dict(service_context or {})
    if "dynamodb:EnclosingOperation" in keys and _asked.get().items:
        keys.update(_asked.get().items.pop(0))
    # Loopback counts as TLS: the emulator has no certificate.
    evaluator._request_origin.set((evaluator._request_origin.get()[0], True))
    keys.setdefault("s3:TlsVersion", "1.3")
    checks = [(service, action, resource_arn, keys), *_asked.get().also]
    _asked.get().also.clear()
    if service == "s3":
        checks += iam_requests.at_rest(action, resource_arn)
    if action == "lambda:InvokeFunctionUrl":
        # AWS requires both since October 2025.
        checks.append((service, "lambda:InvokeFunction", resource_arn, {**keys, "lambda:InvokedViaFunctionUrl": "true"}))
    for of, each, resource, context in checks:
        result = _enforce(caller, each, of, region, resource_arn=resource, service_context=context)
        if result is not None:
            record_denial(each, resource, getattr(result, "principal_arn", ""), reason_of(result))
            return result
    return None


def reason_of(result):
    """Of a failed sign-in its code; of a refused request the kind of decision."""
    return getattr(result, "code", None) or result.decision


def record_denial(action, resource, principal, reason):
    path = os.environ.get("HOLDFAST_DENIED")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"action": action, "resource": resource, "by": principal, "reason": reason}) + "\n")


def trust(document, caller, context=None):
    trusted = _trust(document, caller, context)
    if not trusted and context is not None:
        record_denial(context.action, context.resource_arn, caller, "Trust")
    return trusted


def condition_value(key, context):
    """The caller's ARN in a condition is its role's, not its session's."""
    if key.lower() != "aws:principalarn" or ":assumed-role/" not in context.principal_arn:
        return _condition_value(key, context)
    from ministack.services import iam

    name = evaluator._role_name_from_assumed_arn(context.principal_arn)
    role = iam._roles.get_scoped(context.principal_account, None, name) or {}
    return role.get("Arn") or f"arn:aws:iam::{context.principal_account}:role/{name}"


def function_url_event(url_id, account, region, method, path, headers, body, query, **rest):
    """With the caller that IAM authenticated, whom the URL's function identifies the approver by."""
    event = _function_url_event(url_id, account, region, method, path, headers, body, query, **rest)
    from ministack.core.router import extract_access_key_id

    caller = evaluator.resolve_caller_identity(extract_access_key_id(headers, query))
    if caller is not None and not rest.get("anonymous"):
        named = {name: caller[name] for name in ("accessKey", "accountId", "userArn", "userId")}
        event["requestContext"]["authorizer"] = {"iam": {**named, "callerId": caller["userId"]}}
    return event


remembered_policies.remember()
_request_tags, actions.request_tag_context = actions.request_tag_context, keys_of_request
_resource, actions.extract_resource_arn = actions.extract_resource_arn, resource_of_request
_enforce, evaluator.enforce = evaluator.enforce, authorize
_trust, evaluator.evaluate_trust_policy = evaluator.evaluate_trust_policy, trust
_condition_value, evaluator._resolve_condition_key = evaluator._resolve_condition_key, condition_value

if __name__ == "__main__":
    from ministack.app import main
    from ministack.services import lambda_svc

    _function_url_event = lambda_svc._build_function_url_event
    lambda_svc._build_function_url_event = function_url_event
    shared_code.share(os.environ["TMPDIR"])
    emulated_edge.reach_apis()
    emulated_edge.read_cors()
    main()
