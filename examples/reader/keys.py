"""Keys of tenants in each key mode, and opening what is sealed: docs/formats.md, "Sealing" and "Keys"."""

import base64
import hashlib
import logging
from pathlib import Path

import aws_encryption_sdk
import zstandard
from aws_encryption_sdk.identifiers import CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey
from vault import Damaged

SDK = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
# It logs each failure with its stack; what fails here is reported once, by what it was.
logging.getLogger("aws_encryption_sdk").setLevel(logging.CRITICAL)


def tenant_reference(installation, tenant):
    digest = hashlib.sha256(b"\0".join([b"holdfast tenant", installation.encode(), tenant.encode()])).digest()
    return base64.b32encode(digest).decode().lower()[:26]


class LocalKeys:
    """Key files in a directory."""

    def __init__(self, directory):
        self.directory = Path(directory)

    def of(self, owner):
        try:
            key = bytes.fromhex((self.directory / f"{owner}.key").read_text().strip())
        except (FileNotFoundError, ValueError):
            raise Damaged(f"there is no key of {owner}") from None
        wrapping = WrappingKey(WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING, key, EncryptionKeyType.SYMMETRIC)
        return {"key_provider": RawMasterKey(provider_id="holdfast-local", key_id=owner, wrapping_key=wrapping)}


class DedicatedKeys:
    """A KMS key for each tenant, found by its alias. `kms`: a client of boto3."""

    def __init__(self, kms):
        self.kms = kms

    def of(self, owner):
        from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
        from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
        from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsMrkKeyringInput

        arn = self.kms.describe_key(KeyId=f"alias/holdfast/{owner}")["KeyMetadata"]["Arn"]
        materials = AwsCryptographicMaterialProviders(MaterialProvidersConfig())
        keyring = CreateAwsKmsMrkKeyringInput(kms_key_id=arn, kms_client=self.kms)
        return {"keyring": materials.create_aws_kms_mrk_keyring(keyring)}


class PooledKeys:
    """A branch key for each tenant in a DynamoDB table, all wrapped by one KMS key. Clients are those of boto3."""

    def __init__(self, kms, dynamo, table, key_arn, key_store_name):
        self.kms, self.dynamo, self.table, self.key_arn, self.name = kms, dynamo, table, key_arn, key_store_name

    def of(self, owner):
        from aws_cryptographic_material_providers.keystore import KeyStore
        from aws_cryptographic_material_providers.keystore.config import KeyStoreConfig
        from aws_cryptographic_material_providers.keystore import models
        from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
        from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
        from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsHierarchicalKeyringInput

        multi_region = ":key/mrk-" in self.key_arn
        how = models.KMSConfigurationKmsMRKeyArn if multi_region else models.KMSConfigurationKmsKeyArn
        store = KeyStore(
            KeyStoreConfig(
                ddb_client=self.dynamo,
                ddb_table_name=self.table,
                logical_key_store_name=self.name,
                kms_client=self.kms,
                kms_configuration=how(self.key_arn),
            )
        )
        materials = AwsCryptographicMaterialProviders(MaterialProvidersConfig())
        keyring = CreateAwsKmsHierarchicalKeyringInput(key_store=store, branch_key_id=owner, ttl_seconds=600)
        return {"keyring": materials.create_aws_kms_hierarchical_keyring(keyring)}


class Opener:
    """Opens the messages of one owner: a tenant reference, or `system`."""

    def __init__(self, keys, owner):
        self.owner = owner
        self.materials = keys.of(owner)

    def open(self, message, what):
        try:
            content, header = SDK.decrypt(source=message, **self.materials)
        except Exception as error:
            raise Damaged(f"{what} cannot be opened: {error}") from error
        if header.encryption_context.get("holdfast:owner") != self.owner:
            raise Damaged(f"{what} belongs to another owner")
        return content

    def unpack(self, message, what):
        frame = zstandard.ZstdDecompressor().decompressobj()
        try:
            content = frame.decompress(self.open(message, what))
        except zstandard.ZstdError as error:
            raise Damaged(f"{what} is not a Zstandard frame") from error
        if not frame.eof or frame.unused_data:
            raise Damaged(f"{what} is not one Zstandard frame")
        return content
