"""The change log of a tenant: docs/formats.md, "Segments and incrementals". The messages are PostgreSQL's own."""

import hmac
import struct
from datetime import datetime, timedelta, timezone

from manifests import position
from rows import Blocks, read_digest_key
from vault import Damaged

CONTEXT = "holdfast.context"
# The byte above them is the source epoch: what follows another server's log is another chain.
EPOCH_BITS = 56


class SegmentReader:
    """Reads the segments of one owner: the tenant's own, or those of `system`, the unrouted log."""

    def __init__(self, vault, opener):
        self.owner = opener.owner
        self.blocks = Blocks(vault, opener)
        self.digest_key = read_digest_key(vault, opener)

    def transactions(self, run, body):
        for segment in body["segments"]:
            if segment["tenant"] != self.owner:
                continue
            read = (self.blocks.read(body["packs"][block["pack"]], block) for block in segment["blocks"])
            payload = b"".join(read)
            digest = hmac.new(self.digest_key, b"holdfast segment\0" + payload, "sha256").hexdigest()
            if digest != segment["digest"]:
                raise Damaged(f"a segment of {run.key} does not have its digest")
            found = list(transactions_in(payload))
            if len(found) != segment["transactions"]:
                raise Damaged(f"a segment of {run.key} has another number of transactions")
            if not all(run.start <= transaction["position"] < run.end for transaction in found):
                raise Damaged(f"a segment of {run.key} has a transaction outside of its run")
            yield from found


def runs_since(runs, snapshot):
    """The runs that follow a snapshot, each naming the one before by its digest, without a hole."""
    epoch = snapshot.start >> EPOCH_BITS
    runs = {run.sha256: run for run in runs if run.start >> EPOCH_BITS == epoch}
    named = {run.header["previous"]["sha256"] for run in runs.values() if run.header["previous"]}
    ends = sorted((run for run in runs.values() if run.sha256 not in named), key=lambda run: run.end)
    if len(ends) != 1:
        raise Damaged(f"the log has a hole after {ends[0].key}" if ends else "there is no log")
    chain, run = [], ends[0]
    while run is not None:
        chain.insert(0, run)
        before = runs.get((run.header["previous"] or {}).get("sha256"))
        if before is not None and before.end != run.start:
            raise Damaged(f"the log has a hole before {run.key}")
        run = before
    if not chain[0].start <= snapshot.start <= chain[-1].end:
        raise Damaged("the log does not reach the snapshot")
    return [run for run in chain if run.end > snapshot.start]


def reaches_past(gap, start):
    """Whether a stretch of missing or unreliable log reaches past the position from which a snapshot is replayed."""
    end = gap["to"] or (gap.get("seen") if gap["reason"] != "unprotected" else None)
    return end is None or position(end) > start


def merged(own, unrouted):
    """Transactions in the order of their commits. The tenant's own change is first if two have the same position."""
    transactions = {}
    for source, found in ((False, own), (True, unrouted)):
        for transaction in found:
            known = transactions.setdefault(transaction["position"], {**transaction, "changes": []})
            known["changes"] += [{**change, "unrouted": True} if source else change for change in transaction["changes"]]
            known.update({key: transaction[key] for key in ("context",) if key in transaction})
    for place in sorted(transactions):
        changes = sorted(transactions[place]["changes"], key=lambda change: change["position"])
        yield {**transactions[place], "changes": changes}


def transactions_in(payload):
    relations, transaction, at = {}, None, 0
    while at < len(payload):
        length, lsn = struct.unpack_from(">IQ", payload, at)
        message = Message(payload[at + 12 : at + 4 + length])
        at += 4 + length
        kind = message.take("c")
        if kind == b"B":
            commit, microseconds, xid = message.take("QqI")
            time = datetime(2000, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=microseconds)
            transaction = {"position": commit, "time": time.isoformat(), "xid": xid, "changes": []}
        elif kind == b"C":
            yield transaction
        elif kind == b"R":
            relation = message.relation()
            relations[relation["oid"]] = relation
        elif kind == b"M":
            _, _, prefix, length = message.take("B"), message.take("Q"), message.text(), message.take("I")
            if prefix == CONTEXT:
                transaction["context"] = message.raw(length).decode()
        elif kind in b"IUDT":
            transaction["changes"] += [{"position": lsn, **change} for change in message.changes(kind, relations)]


class Message:
    """A cursor over one message of pgoutput, protocol version 1."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return values[0] if len(values) == 1 else values

    def raw(self, length):
        self.at += length
        return self.data[self.at - length : self.at]

    def text(self):
        end = self.data.index(b"\0", self.at)
        return self.raw(end - self.at + 1)[:-1].decode()

    def relation(self):
        oid, schema, name, _, count = self.take("I"), self.text(), self.text(), self.take("c"), self.take("H")
        columns = []
        for _ in range(count):
            flags, column, _ = self.take("B"), self.text(), self.take("Ii")
            columns.append((column, flags & 1 == 1))
        return {"oid": oid, "schema": schema or "pg_catalog", "name": name, "columns": columns}

    def changes(self, kind, relations):
        if kind == b"T":
            count, _ = self.take("IB")
            for _ in range(count):
                yield {"op": "truncate", **named(relations[self.take("I")])}
            return
        relation = relations[self.take("I")]
        change = {"op": {b"I": "insert", b"U": "update", b"D": "delete"}[kind], **named(relation)}
        while self.at < len(self.data):
            part = self.take("c")
            values = self.tuple(relation)
            identity = [name for name, in_identity in relation["columns"] if in_identity]
            # K: only the columns of the replica identity mean something. O: the whole old row.
            where = {b"N": "new", b"K": "key", b"O": "old"}[part]
            change[where] = {name: values[name] for name in identity} if part == b"K" else values
        yield change

    def tuple(self, relation):
        """Texts and None by column. An unchanged large value is absent: it is the one that the row had."""
        values, count = {}, self.take("H")
        for name, _ in relation["columns"][:count]:
            form = self.take("c")
            if form == b"n":
                values[name] = None
            elif form == b"t":
                values[name] = self.raw(self.take("I")).decode()
            elif form != b"u":
                raise Damaged("a value of the log has an unknown form")
        return values


def named(relation):
    return {"schema": relation["schema"], "table": relation["name"]}


def lsn_text(value):
    return f"{value >> 32:X}/{value & 0xFFFFFFFF:X}"
