"""Opens an archive of Holdfast with published tools alone: the AWS Encryption SDK, then zstd, tar and psql.

    pip install aws-encryption-sdk==4.0.7
    python3 open_archive.py SEALED KEY_FILE TENANT_REFERENCE > archive.tar.zst
    mkdir restored && tar --zstd -xf archive.tar.zst -C restored
    cd restored && sha256sum -c SHA256SUMS && psql -d empty -f load.sql

SEALED is the object; a file of a local vault without its last 256 bytes (head -c -256). KEY_FILE is the tenant's file in the
directory `keys`: 64 hexadecimal digits. For an installation on AWS, use the SDK's KMS keyring with the tenant's key instead.
Memory does not grow with the archive: every frame is verified, then written.
"""

import sys

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey


def master_key(key_file, tenant):
    with open(key_file, encoding="ascii") as file:
        key = bytes.fromhex(file.read().strip())
    wrapping = WrappingKey(WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING, key, EncryptionKeyType.SYMMETRIC)
    return RawMasterKey(provider_id="holdfast-local", key_id=tenant, wrapping_key=wrapping)


def main(sealed, key_file, tenant):
    client = aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    )
    with open(sealed, "rb") as source:
        with client.stream(mode="d", source=source, key_provider=master_key(key_file, tenant)) as opened:
            if opened.header.encryption_context.get("holdfast:owner") != tenant:
                sys.exit("The archive belongs to another tenant.")
            while piece := opened.read(1 << 20):
                sys.stdout.buffer.write(piece)


if __name__ == "__main__":
    main(*sys.argv[1:])
