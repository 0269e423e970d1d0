"""Checks ECDSA P-256 signatures over SHA-256 with the openssl command: Python's standard library has none."""

import base64
import os
import subprocess
import tempfile


class Refused(Exception):
    """What was checked is not what was signed."""


def require_signature(public_key_files, message, signature_base64, what):
    """By one of the keys. `message` in bytes, the signature in DER as base64. Raises Refused."""
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(base64.b64decode(signature_base64, validate=True))
    try:
        is_signed = any(verifies(key, file.name, message) for key in public_key_files)
    finally:
        os.unlink(file.name)
    if not is_signed:
        raise Refused(f"{what} does not have a valid signature")


def verifies(public_key_file, signature_file, message):
    command = ["openssl", "dgst", "-sha256", "-verify", public_key_file, "-signature", signature_file]
    return subprocess.run(command, input=message, capture_output=True, check=False).returncode == 0
