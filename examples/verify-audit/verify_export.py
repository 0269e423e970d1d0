"""Checks an export of an audit trail with nothing but the file and the public key: docs/audit-trail.md, "The export".

    python3 verify_export.py EXPORT.jsonl KEY.pem [FORMER_KEY.pem ...]

Prints what is proved, or what is wrong, with exit code 1. Shares no code with Holdfast; needs Python 3 and openssl.
"""

import hashlib
import json
import sys

from signatures import Refused, require_signature


def main(export_file, *keys):
    chains = 0
    with open(export_file, encoding="utf-8") as lines:
        records = map(json.loads, lines)
        for record in records:
            if record["kind"] != "header":
                raise Refused("a chain does not begin with its header")
            print(check_chain(keys, record, records))
            chains += 1
    if chains == 0:
        raise Refused("the file is empty")


def check_chain(keys, header, records):
    installation, tenant = header["installation"], header["tenant"]
    head, digests = None, {}
    for record in records:
        if record["kind"] == "event":
            head = check_event(keys, installation, tenant, record, head)
            digests[head["sequence"]] = head["sha256"]
        elif record["kind"] == "end":
            if record["head"] != head:
                raise Refused(f"the chain of {tenant} does not end where its last line says")
            return f"{tenant}: {check_anchor(keys, installation, tenant, record['anchor'], digests)}"
        else:
            raise Refused(f"a line of kind {record['kind']} in the chain of {tenant}")
    raise Refused(f"the chain of {tenant} has no last line: the export is not complete")


def check_event(keys, installation, tenant, record, before):
    """The event's place is signed with it: none can be left out, repeated, moved or brought from elsewhere."""
    event = json.loads(record["document"])
    sequence = 1 if before is None else before["sequence"] + 1
    key = f"audit/{tenant}/{sequence:010d}"
    if (record["key"], event["tenant"], event["sequence"]) != (key, tenant, sequence):
        raise Refused(f"event {sequence} of {tenant} is missing or out of place")
    if event["previous"] != (before and before["sha256"]):
        raise Refused(f"event {sequence} of {tenant} does not follow the one before it")
    signed = f"{installation}/{key}\n{record['document']}".encode()
    require_signature(keys, signed, record["signature"]["value"], key)
    return {"sequence": sequence, "sha256": record["sha256"]}


def check_anchor(keys, installation, tenant, anchor, digests):
    count = len(digests)
    if anchor is None:
        return f"{count} events verified; no anchor names the chain yet, so a cut tail would not show"
    require_signature(
        keys, f"{anchor['key']}\n{anchor['document']}".encode(), anchor["signature"]["value"], anchor["key"]
    )
    document, head = json.loads(anchor["document"]), anchor["head"]
    page = next((page for page in document["pages"] if page["letter"] == tenant[0]), None)
    leaf = f"{head['tenant']} {head['sequence']} {head['sha256']}"
    if document["installation"] != installation or head["tenant"] != tenant or page is None:
        raise Refused(f"{anchor['key']} is not an anchor of this chain")
    if root_of(leaf, anchor["index"], anchor["size"], anchor["path"]) != page["root"]:
        raise Refused(f"{anchor['key']} does not contain the chain's head")
    if digests.get(head["sequence"]) != head["sha256"]:
        raise Refused(f"event {head['sequence']} of {tenant}, which {anchor['key']} names, is missing or another one")
    return f"{count} events verified; complete up to event {head['sequence']}, as of {document['at']}"


def root_of(leaf, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    digest = hashlib.sha256(b"\0" + leaf.encode()).digest()
    last = size - 1
    for sibling in map(bytes.fromhex, path):
        if last == 0:
            return None
        if index % 2 == 1 or index == last:
            digest = hashlib.sha256(b"\1" + sibling + digest).digest()
            while index % 2 == 0 and index != 0:
                index, last = index // 2, last // 2
        else:
            digest = hashlib.sha256(b"\1" + digest + sibling).digest()
        index, last = index // 2, last // 2
    return digest.hex() if last == 0 else None


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Refused, ValueError, KeyError, TypeError) as error:
        print(f"REFUSED: {error}", file=sys.stderr)
        sys.exit(1)
