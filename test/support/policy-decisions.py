"""Decisions of MiniStack's policy evaluator, for policies that no server has: one question as JSON a line, one answer a line.

A question names the principal with its policies (`identity`, `session`: as text, parsed once), the request (`action`, `resource`, `keys`) and the
policy of the resource, where it has one, with the account that owns it (`owner`, if it is another than the principal's);
`required` where it must allow too (KMS). The answer is
"Allow", "Deny" (an explicit one) or "ImplicitDeny". Questions that AWS would never be asked are answered with "error".
"""
import functools
import json
import sys

import ministack.core.iam_actions as actions
import ministack.core.iam_evaluator as evaluator
import remembered_policies

# Actions that no operation of the service's API has the name of.
FURTHER_ACTIONS = {
    "dynamodb": {"ConditionCheckItem"},
    "kms": {"ReEncryptFrom", "ReEncryptTo"},
    "lambda": {"InvokeFunction", "InvokeFunctionUrl"},
    "rds-db": {"connect"},
    "s3": {
        *("BypassGovernanceRetention", "DeleteObjectVersion", "GetObjectVersion", "GetObjectVersionTagging"),
        *("ListBucket", "ListBucketVersions", "ListMultipartUploadParts", "PutBucketObjectLockConfiguration"),
        *("PutObjectVersionTagging",),
    },
    "sts": {"SetSourceIdentity"},
}
# Services whose client library has another name.
CLIENTS = {"states": "stepfunctions"}


def decide(question: dict) -> dict:
    problem = problem_with(question)
    if problem is not None:
        return {"error": problem}
    context = context_of(question)
    limits = [[evaluator.parse_policy_document(question["session"])]] if question.get("session") else []
    result = evaluator.evaluate(context, [evaluator.parse_policy_document(question["identity"])], *limits)
    owner = question.get("owner", question["account"])
    # In another account, a resource without a policy allows nothing.
    if question.get("policy") or owner != question["account"]:
        policy, required = question.get("policy"), question["required"]
        result = evaluator.combine_resource_policy(
            result, context, policy, owner, required=required, limits=tuple(limits)
        )
    return {"decision": result.decision}


def context_of(question: dict) -> evaluator.EvalContext:
    keys = {name.lower(): value for name, value in question["keys"].items()}
    return evaluator.EvalContext(
        principal_arn=question["principal"],
        principal_type="AssumedRole",
        principal_account=question["account"],
        action=question["action"],
        resource_arn=question["resource"],
        region=question["region"],
        secure_transport=True,
        # A request that names no tags has no aws:TagKeys.
        service_context={"aws:tagkeys": None, **keys},
        principal_keys={"aws:principalarn": question["role"]},
    )


def condition_value(key, context):
    """The caller's ARN in a condition is its role's; the evaluator would take its session's."""
    return context.principal_keys.get(key.lower()) or _condition_value(key, context)


remembered_policies.remember()
_condition_value, evaluator._resolve_condition_key = evaluator._resolve_condition_key, condition_value


def problem_with(question: dict):
    """A misspelled action would be denied, and so pass for a right that nobody has."""
    service, _, name = question["action"].partition(":")
    if name not in actions_of(service):
        return f"{question['action']} is not an action of AWS."
    documents = (question["identity"], question.get("session"), question.get("policy"))
    return next(filter(None, (problem_of(each) for each in documents if each)), None)


@functools.cache
def problem_of(document: str):
    return evaluator.validate_policy_document(document) if json.loads(document)["Statement"] else None


@functools.cache
def actions_of(service: str) -> set:
    model = actions._load_botocore_model(CLIENTS.get(service, service))
    return set((model or {}).get("operations", {})) | FURTHER_ACTIONS.get(service, set())


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(decide(json.loads(line))), flush=True)
