"""Keys of providers that are documents, as clouds hand them out; made anew for each run."""

from __future__ import annotations

from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tollgate.catalog.auth import key_documents

ENTRA: dict[str, Any] = {
    "clientId": "11111111-2222-3333-4444-555555555555",
    "clientSecret": "a~secret.of~the.application",
    "subscriptionId": "99999999-2222-3333-4444-555555555555",
    "tenantId": "aaaaaaaa-2222-3333-4444-555555555555",
    "activeDirectoryEndpointUrl": "https://login.microsoftonline.com",
    "resourceManagerEndpointUrl": "https://management.azure.com/",
}
AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/aws"


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(key: Any = None, form: Any = serialization.PrivateFormat.PKCS8) -> str:
    made = rsa_key() if key is None else key
    return made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def service_account(**changes: Any) -> dict[str, Any]:
    return {
        "type": "service_account",
        "project_id": "a-project",
        "private_key_id": "key-1",
        "private_key": pem(),
        "client_email": "gateway@a-project.iam.gserviceaccount.com",
        "client_id": "1",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        **changes,
    }


def external_account(**changes: Any) -> dict[str, Any]:
    return {
        "type": "external_account",
        "audience": AUDIENCE,
        "subject_token_type": key_documents.AWS_REQUEST,
        "token_url": "https://sts.googleapis.com/v1/token",
        "credential_source": {"environment_id": "aws1"},
        **changes,
    }
