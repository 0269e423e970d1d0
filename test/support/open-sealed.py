"""Opens sealed messages with the keys of examples/reader, in both modes of KMS. JSON on stdin; the texts on stdout, a line each."""
import base64
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../examples/reader"))

import boto3  # noqa: E402
from keys import DedicatedKeys, Opener, PooledKeys  # noqa: E402

asked = json.load(sys.stdin)
kms, dynamo = (boto3.client(service, **asked["client"]) for service in ("kms", "dynamodb"))
ways = {"dedicated": lambda: DedicatedKeys(kms), "pooled": lambda: PooledKeys(kms, dynamo, **asked["pool"])}
for sealed in asked["sealed"]:
    message = base64.b64decode(sealed["message"])
    print(Opener(ways[sealed["mode"]](), sealed["owner"]).open(message, "message").decode())
