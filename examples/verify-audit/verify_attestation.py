"""Checks an attestation (`holdfast attest`), a DSSE envelope with an in-toto Statement, with the public key alone.

    python3 verify_attestation.py KEY.pem ENVELOPE.json [OBJECT]

With OBJECT, a file with the bytes of the stored object, its digest must be among the subjects. Prints the statement.
Shares no code with Holdfast; needs Python 3 and openssl.
"""

import base64
import hashlib
import json
import sys

from signatures import Refused, require_signature


def main(public_key_file, envelope_file, object_file=None):
    envelope = json.load(open(envelope_file, encoding="utf-8"))
    kind, payload = envelope["payloadType"], base64.b64decode(envelope["payload"], validate=True)
    # https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
    encoded = b" ".join([b"DSSEv1", str(len(kind)).encode(), kind.encode(), str(len(payload)).encode(), payload])
    require_signature([public_key_file], encoded, envelope["signatures"][0]["sig"], "the envelope")
    statement = json.loads(payload)
    if kind != "application/vnd.in-toto+json" or statement["_type"] != "https://in-toto.io/Statement/v1":
        raise Refused("this is no in-toto Statement")
    if object_file is not None:
        digest = hashlib.sha256(open(object_file, "rb").read()).hexdigest()
        if digest not in [subject["digest"]["sha256"] for subject in statement["subject"]]:
            raise Refused("the statement is not about this object")
    print(json.dumps(statement, indent=2))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Refused, ValueError, KeyError, TypeError) as error:
        print(f"REFUSED: {error}", file=sys.stderr)
        sys.exit(1)
