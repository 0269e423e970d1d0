"""What a request asks of IAM beyond what MiniStack 1.5.33 derives from it.

MiniStack's evaluator is right about policies, but knows too little of a request: the tests would fail for rights that a
role has, or pass for rights that it lacks. Each function here states one part of AWS's service authorization reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/) for the requests that Holdfast sends.
"""
import base64
import json
import re
from dataclasses import dataclass, field


@dataclass
class Asked:
    """One authorization of a request: its condition keys, and what AWS authorizes besides the action itself."""

    keys: dict = field(default_factory=dict)
    also: list = field(default_factory=list)  # (service, action, resource, keys)
    items: list = field(default_factory=list)  # the partitions of a transaction, item by item


def asked_by(service: str, action: str, body: bytes) -> Asked:
    request = _document(body)
    if service == "kms":
        return _asked_of_kms(action.split(":")[1], request)
    if service == "dynamodb":
        return _asked_of_dynamodb(request)
    return Asked()


def at_rest(action: str, resource: str) -> list:
    """What S3 asks of KMS with the caller's rights, where the bucket is encrypted under a key by default."""
    from ministack.services import kms, s3

    operations = {"s3:PutObject": ("GenerateDataKey", "Decrypt")}.get(action, ("Decrypt",))
    if not re.fullmatch(r"s3:(PutObject|GetObject|GetObjectVersion)", action):
        return []
    bucket = resource.split(":::")[1].split("/")[0]
    named = s3._bucket_default_sse_headers(bucket).get("x-amz-server-side-encryption-aws-kms-key-id")
    key = kms._resolve_key(named) if named else None
    if key is None:
        return []
    keys = {**_keys_of_key(key), "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}"}
    return [("kms", f"kms:{operation}", key["Arn"], keys) for operation in operations]


def resource_of(service: str, arn: str, headers: dict, body: bytes) -> str:
    """The resource, where MiniStack names another one than AWS."""
    request = _document(body)
    if service == "states":
        # Also of requests about a map run.
        return request.get("mapRunArn") or arn
    if service != "kms":
        return arn
    if headers.get("x-amz-target", "").endswith(".CreateAlias"):
        return f"{arn_prefix()}:{request.get('AliasName')}"
    key = _key_of(request)
    if key is not None:
        return key["Arn"]
    # KMS looks a key up before it authorizes: whoever may use any key learns that this one does not exist.
    named = request.get("KeyId") or ""
    return f"{arn_prefix()}:key/none" if "alias/" in named else arn


def arn_prefix() -> str:
    from ministack.core.responses import get_account_id, get_region

    return f"arn:aws:kms:{get_region()}:{get_account_id()}"


def _asked_of_kms(operation: str, request: dict) -> Asked:
    key = _key_of(request)
    keys = _keys_of_key(key) if key is not None else {}
    if operation == "CreateKey":
        keys["kms:MultiRegion"] = str(request.get("MultiRegion", False)).lower()
    named = request.get("KeyId") or ""
    if "alias/" in named:
        keys["kms:RequestAlias"] = named[named.index("alias/"):]
    context = request.get("EncryptionContext") or {}
    keys.update({f"kms:EncryptionContext:{name}": value for name, value in context.items()})
    if context:
        keys["kms:EncryptionContextKeys"] = list(context)
    tags = request.get("Tags") or []
    tag_keys = [tag["TagKey"] for tag in tags] or request.get("TagKeys") or []
    if tag_keys:
        keys["aws:TagKeys"] = tag_keys
        keys.update({f"aws:RequestTag/{tag['TagKey']}": tag["TagValue"] for tag in tags})
    if operation == "CreateKey" and tags:
        return Asked(keys, also=[("kms", "kms:TagResource", "*", keys)])
    if operation == "CreateAlias" and key is not None:
        # Authorized twice: for the alias, and for the key that it is to name.
        return Asked(keys, also=[("kms", "kms:CreateAlias", key["Arn"], keys)])
    if operation == "ReplicateKey":
        keys["kms:ReplicaRegion"] = request.get("ReplicaRegion")
        there = {**keys, "kms:MultiRegion": "true"}
        return Asked(keys, also=[("kms", f"kms:{each}", "*", there) for each in ("CreateKey", "TagResource")])
    return Asked(keys)


def _keys_of_key(key: dict) -> dict:
    from ministack.services import kms

    # Maps "arn:…:alias/name" to key ids, within the region of the request.
    aliases = [arn.split(":", 5)[5] for arn, key_id in kms._aliases.items() if key_id == key["KeyId"]]
    multi_region = str(key.get("MultiRegion", False)).lower()
    return {**({"kms:ResourceAliases": aliases} if aliases else {}), "kms:MultiRegion": multi_region}


def _key_of(request: dict):
    """The key of a KMS request, by its id, ARN or alias, or from the ciphertext, which begins with its id."""
    from ministack.services import kms

    named = request.get("KeyId") or request.get("TargetKeyId")
    if named:
        return kms._resolve_key(named)
    try:
        sealed = base64.b64decode(request.get("CiphertextBlob") or "")
    except ValueError:
        return None
    return kms._resolve_key(sealed[:36].decode("utf-8", errors="ignore"))


def _asked_of_dynamodb(request: dict) -> Asked:
    if "TransactItems" in request:
        items = [detail for item in request["TransactItems"] for detail in item.values()]
        return Asked(items=[_leading_keys(detail) for detail in items])
    return Asked(_leading_keys(request))


def _leading_keys(request: dict) -> dict:
    """The partition that a request names; a Scan names none."""
    name = _partition_key(request.get("TableName") or "")
    attributes = request.get("Key") or request.get("Item")
    value = attributes.get(name) if attributes else _queried(request, name)
    return {"dynamodb:LeadingKeys": [next(iter(value.values()))]} if value else {}


def _queried(request: dict, name: str):
    names = request.get("ExpressionAttributeNames") or {}
    for left, right in re.findall(r"([#\w-]+)\s*=\s*(:\w+)", request.get("KeyConditionExpression") or ""):
        if names.get(left, left) == name:
            return (request.get("ExpressionAttributeValues") or {}).get(right)
    return None


def _partition_key(table: str) -> str:
    from ministack.services import dynamodb

    found = dynamodb._tables.get(table.rsplit("/", 1)[-1]) or {}
    return next((each["AttributeName"] for each in found.get("KeySchema", []) if each["KeyType"] == "HASH"), "")


def _document(body: bytes) -> dict:
    try:
        read = json.loads(body or b"{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
