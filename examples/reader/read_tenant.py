#!/usr/bin/env python3
"""Reads one tenant out of a local vault without Holdfast, as docs/formats.md describes it. Changes nothing.

    pip install -r requirements.txt
    python3 read_tenant.py rows    --vault .holdfast/vault --keys .holdfast/keys --installation ID --tenant acme
    python3 read_tenant.py changes --vault .holdfast/vault --keys .holdfast/keys --installation ID --tenant acme

`rows` prints each table of the newest snapshot as CSV: a line `# table`, the names of the columns, the rows. NULL is an
empty field, every other value is in quotes. `changes` prints the transactions since that snapshot, one JSON object a line.
Everything is verified before anything is printed; what does not verify ends with status 1. Status 3: the log has gaps,
which are on stderr.
"""

import argparse
import json
import sys
from pathlib import Path

from changes import SegmentReader, lsn_text, merged, reaches_past, runs_since
from keys import LocalKeys, Opener, tenant_reference
from manifests import PublicKeys, check_chain, read_manifest
from rows import Blocks, check_objects, read_digest_key, read_table
from vault import Damaged, Vault


def main():
    options = parse_options()
    vault, keys = Vault(options.vault), LocalKeys(options.keys)
    public_keys = PublicKeys(options.public_key or sorted(Path(options.keys).glob("public-*.pem")))
    tenant = Opener(keys, tenant_reference(options.installation, options.tenant))
    snapshot = newest_snapshot(vault, public_keys, tenant.owner)
    if options.what == "rows":
        return print_rows(vault, snapshot, tenant)
    return print_changes(vault, public_keys, snapshot, tenant, Opener(keys, "system"))


def newest_snapshot(vault, public_keys, owner):
    manifests = [
        read_manifest(vault, public_keys, key, owner, kind)
        for kind in ("snapshot", "incremental")
        for key in vault.keys(f"tenants/{owner}/manifests/{kind}/")
    ]
    check_chain(manifests)
    snapshots = [manifest for manifest in manifests if manifest.header["kind"] == "snapshot"]
    if not snapshots:
        raise Damaged("there is no snapshot of this tenant")
    return max(snapshots, key=lambda manifest: manifest.end)


def print_rows(vault, snapshot, tenant):
    check_objects(vault, snapshot)
    body = snapshot.body(tenant)
    blocks, digest_key = Blocks(vault, tenant), read_digest_key(vault, tenant)
    tables = [(table, list(read_table(body, table, blocks, digest_key))) for table in body["tables"]]
    for table, rows in tables:
        print(f"# {table['table']}")
        print(csv_line(table["columns"]))
        for row in rows:
            print(csv_line(row))
    return 0


def print_changes(vault, public_keys, snapshot, tenant, system):
    keys = vault.keys("log/manifests/")
    runs = runs_since([read_manifest(vault, public_keys, key, "system", "log") for key in keys], snapshot)
    own, unrouted = SegmentReader(vault, tenant), SegmentReader(vault, system)
    transactions, gaps = [], {}
    for run in runs:
        check_objects(vault, run)
        body = run.body(system)
        # A later run repeats a gap when its end is known.
        gaps |= {gap["id"]: gap for gap in body["gaps"] if gap["tenant"] in (tenant.owner, "system")}
        transactions += merged(own.transactions(run, body), unrouted.transactions(run, body))
    for transaction in transactions:
        if transaction["position"] >= snapshot.start:
            print(json.dumps(printable(transaction), ensure_ascii=False))
    open_gaps = [gap for gap in gaps.values() if reaches_past(gap, snapshot.start)]
    for gap in open_gaps:
        print(f"gap: {gap['reason']} of {', '.join(gap.get('tables', ['all tables']))} from {gap['from']}", file=sys.stderr)
    return 3 if open_gaps else 0


def printable(transaction):
    changes = [{**change, "position": lsn_text(change["position"])} for change in transaction["changes"]]
    return {**transaction, "position": lsn_text(transaction["position"]), "changes": changes}


def csv_line(values):
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in values)


def parse_options():
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("what", choices=["rows", "changes"])
    parser.add_argument("--vault", required=True, help="directory of the vault")
    parser.add_argument("--keys", required=True, help="directory with the keys of the tenant and of `system`")
    parser.add_argument("--installation", required=True, help="`installation` in holdfast.yaml")
    parser.add_argument("--tenant", required=True, help="value of the tenant column")
    parser.add_argument("--public-key", action="append", help="PEM file; default: public-*.pem beside the keys")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Damaged as damage:
        print(f"not readable: {damage}", file=sys.stderr)
        sys.exit(1)
