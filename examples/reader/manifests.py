"""Signed manifests and their chains: docs/formats.md, "Manifests"."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from vault import Damaged


class PublicKeys:
    """Public keys by id: the SHA-256 of the key's DER form (SubjectPublicKeyInfo)."""

    def __init__(self, files):
        keys = [serialization.load_pem_public_key(open(file, "rb").read()) for file in files]
        der = lambda key: key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.keys = {hashlib.sha256(der(key)).hexdigest(): key for key in keys}

    def verify(self, signature, text, what):
        key = self.keys.get(signature["keyId"])
        if key is None or signature["algorithm"] != "ECDSA_SHA_256":
            raise Damaged(f"{what} is signed with an unknown key")
        try:
            key.verify(base64.b64decode(signature["value"], validate=True), text.encode(), ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, binascii.Error):
            raise Damaged(f"{what} does not have a valid signature") from None


@dataclass
class Manifest:
    key: str
    sha256: str
    header: dict
    sealed_body: bytes

    @property
    def start(self):
        return position(self.header["from"])

    @property
    def end(self):
        return position(self.header["to"])

    def body(self, opener):
        return json.loads(opener.unpack(self.sealed_body, self.key))


def read_manifest(vault, public_keys, key, owner, kind):
    stored = vault.get(key)
    try:
        file = json.loads(stored)
        public_keys.verify(file["signature"], file["header"], key)
        header = json.loads(file["header"])
        body = base64.b64decode(file["body"], validate=True)
    except (ValueError, KeyError, TypeError):
        raise Damaged(f"{key} is not a manifest") from None
    if header["format"] not in ("holdfast.manifest/1", "holdfast.manifest/2"):
        raise Damaged(f"{key} has a format that this reader does not know")
    if hashlib.sha256(body).hexdigest() != header["bodySha256"]:
        raise Damaged(f"{key} has a body that its header does not name")
    if (header["tenant"], header["kind"]) != (owner, kind):
        raise Damaged(f"{key} belongs to another owner, or is of another kind")
    return Manifest(key, hashlib.sha256(stored).hexdigest(), header, body)


def check_chain(manifests):
    """Each names the one before by digest. One that retention removed is no damage: backups stand alone."""
    present = {manifest.key: manifest.sha256 for manifest in manifests}
    for manifest in manifests:
        previous = manifest.header["previous"]
        if previous and present.get(previous["key"], previous["sha256"]) != previous["sha256"]:
            raise Damaged(f"{manifest.key} names another {previous['key']}")


def position(text):
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)
