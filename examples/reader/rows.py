"""The rows of a snapshot: docs/formats.md, "Blocks and chunks"."""

import hashlib
import hmac
import json
import re

from vault import Damaged

UNESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Blocks:
    """Sealed blocks in packs. The last one is kept: consecutive chunks share it."""

    def __init__(self, vault, opener):
        self.vault, self.opener = vault, opener
        self.packs, self.last = {}, (None, b"")

    def read(self, pack, block):
        place = (pack, block["offset"])
        if self.last[0] != place:
            if pack not in self.packs:
                self.packs = {pack: self.vault.get(pack)}
            sealed = self.packs[pack][block["offset"] : block["offset"] + block["length"]]
            plain = self.opener.unpack(sealed, pack)
            if len(plain) != block["rawLength"]:
                raise Damaged(f"{pack} has a block of another length")
            self.last = (place, plain)
        return self.last[1]


def read_digest_key(vault, opener):
    owner = opener.owner
    key = "system/digest-key" if owner == "system" else f"tenants/{owner}/digest-key"
    return opener.open(vault.get(key), key)


def check_objects(vault, manifest):
    for named in manifest.header["objects"]:
        if len(vault.get(named["key"])) != named["bytes"]:
            raise Damaged(f"{named['key']} has another length than {manifest.key} states")


def read_table(body, table, blocks, digest_key):
    """Yields the rows of a table, each a list of texts and None, in the order of its key."""
    found = 0
    for page in pages_of(body, table):
        content = page_content(page, blocks)
        if len(content["chunks"]) != page["chunks"]:
            raise Damaged(f"a page of {table['table']} has another number of chunks")
        for chunk in content["chunks"]:
            text = b""
            if chunk["length"] > 0:
                block = content["blocks"][chunk["block"]]
                plain = blocks.read(page["packs"][block["pack"]]["key"], block)
                text = plain[chunk["offset"] : chunk["offset"] + chunk["length"]]
            if chunk_digest(digest_key, table, text) != chunk["digest"]:
                raise Damaged(f"a chunk of {table['table']} does not have its digest")
            rows = [parse_row(line) for line in text.split(b"\n")[:-1]]
            if len(rows) != chunk["rows"]:
                raise Damaged(f"a chunk of {table['table']} has another number of rows")
            found += len(rows)
            yield from rows
    if found != table["rows"]:
        raise Damaged(f"{table['table']} has another number of rows")


def pages_of(body, table):
    """Format 1 has no pages: its lists make one."""
    if "pages" in table:
        return table["pages"]
    content = {"blocks": body["blocks"], "chunks": table["chunks"]}
    packs = [{"key": key} for key in body["packs"]]
    return [{"chunks": len(table["chunks"]), "packs": packs, "content": content}]


def page_content(page, blocks):
    if "content" in page:
        return page["content"]
    stored = page["stored"]
    text = blocks.read(stored["pack"], stored)
    if hashlib.sha256(text).hexdigest() != stored["sha256"]:
        raise Damaged(f"a page in {stored['pack']} does not have its digest")
    return json.loads(text)


def chunk_digest(key, table, text):
    shape = b"\0".join(part.encode() for part in [table["table"], *table["columns"]])
    return hmac.new(key, b"holdfast chunk\0" + shape + b"\0\0" + text, "sha256").hexdigest()


def parse_row(line):
    return [None if field == "\\N" else unescape(field) for field in line.decode().split("\t")]


def unescape(field):
    return re.sub(r"\\(.)", lambda found: UNESCAPED.get(found[1], found[1]), field, flags=re.DOTALL)
