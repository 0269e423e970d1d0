"""Objects of a vault on a file system: docs/formats.md, "Files of a local vault"."""

import hashlib
import json
from pathlib import Path
from urllib.parse import unquote

TRAILER_BYTES = 256


class Damaged(Exception):
    """Something is not as the signed documents say. Nothing after it can be trusted."""


class Vault:
    def __init__(self, directory):
        self.objects = Path(directory) / "objects"

    def get(self, key):
        path = self.objects.joinpath(*map(escape_directory, key.split("/")[:-1]), escape(key.split("/")[-1]) + ".hf")
        try:
            file = path.read_bytes()
        except FileNotFoundError:
            raise Damaged(f"{key} is missing") from None
        content, trailer = file[:-TRAILER_BYTES], file[-TRAILER_BYTES:]
        try:
            stated = json.loads(trailer)
            intact = stated["bytes"] == len(content) and stated["sha256"] == hashlib.sha256(content).hexdigest()
        except (ValueError, KeyError, TypeError):
            intact = False
        if not intact:
            raise Damaged(f"{key} was truncated or altered")
        return content

    def keys(self, prefix):
        """Keys below a prefix that ends with a slash, in the order of their text."""
        top = self.objects.joinpath(*map(escape_directory, prefix.rstrip("/").split("/")))
        files = (file.relative_to(self.objects) for file in top.rglob("*.hf"))
        return sorted("/".join(map(unescape, [*file.parts[:-1], file.name[:-3]])) for file in files)


def escape(segment):
    plain = b"abcdefghijklmnopqrstuvwxyz0123456789-_"
    keeps = lambda at, byte: byte in plain or (byte == 0x2E and at > 0)
    return "".join(chr(b) if keeps(at, b) else f"%{b:02x}" for at, b in enumerate(segment.encode())) or "%"


def escape_directory(segment):
    return escape(segment).replace(".", "%2e")


def unescape(name):
    return "" if name == "%" else unquote(name)
