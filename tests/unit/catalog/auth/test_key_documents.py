"""What is kept of keys that are documents, and which documents are none."""

from __future__ import annotations

import json

import pytest

from tests.support import cloud_keys
from tollgate.catalog.auth import key_documents
from tollgate.catalog.catalog import AuthHeader
from tollgate.catalog.provider_auth import UnusableKeyError

IMPERSONATION = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b:generateAccessToken"


@pytest.mark.parametrize(
    ("scheme", "document", "members"),
    [
        (
            AuthHeader.GOOGLE,
            cloud_keys.service_account(),
            {"type", "client_email", "private_key_id", "private_key", "token_uri"},
        ),
        (
            AuthHeader.GOOGLE,
            cloud_keys.external_account(service_account_impersonation_url=IMPERSONATION),
            {"type", "audience", "subject_token_type", "token_url", "service_account_impersonation_url"},
        ),
        (
            AuthHeader.GOOGLE,
            cloud_keys.external_account(),
            {"type", "audience", "subject_token_type", "token_url"},
        ),
        (
            AuthHeader.ENTRA,
            cloud_keys.ENTRA,
            {"tenantId", "clientId", "clientSecret", "activeDirectoryEndpointUrl"},
        ),
    ],
)
def test_a_document_is_kept_as_far_as_it_is_needed(scheme, document, members):
    kept = key_documents.kept(scheme, json.dumps(document, indent=2))
    assert json.loads(kept) == {name: document[name] for name in members}
    assert key_documents.kept(scheme, kept) == kept
    assert kept.isascii()
    assert kept.isprintable()


def test_urls_have_the_clouds_own_as_their_defaults():
    kept = key_documents.kept(AuthHeader.GOOGLE, json.dumps(cloud_keys.service_account(token_uri=None)))
    assert json.loads(kept)["token_uri"] == "https://oauth2.googleapis.com/token"
    application = {**cloud_keys.ENTRA, "activeDirectoryEndpointUrl": ""}
    kept = key_documents.kept(AuthHeader.ENTRA, json.dumps(application))
    assert json.loads(kept)["activeDirectoryEndpointUrl"] == "https://login.microsoftonline.com"


@pytest.mark.parametrize(
    ("scheme", "document", "told"),
    [
        (AuthHeader.GOOGLE, None, "must be a JSON document"),
        (AuthHeader.GOOGLE, ["type"], "must be a JSON document"),
        (AuthHeader.GOOGLE, {"type": "authorized_user"}, "must be a document of type"),
        (AuthHeader.GOOGLE, {"private_key": "hidden"}, "private_key that can't be used"),
        (AuthHeader.GOOGLE, {"client_email": ""}, "lacks client_email"),
        (AuthHeader.GOOGLE, {"token_uri": "http://a.example/token"}, "token_uri that is no https URL"),
        (AuthHeader.GOOGLE, {"token_uri": "https://169.254.169.254/token"}, "token_uri that is no https"),
        (AuthHeader.GOOGLE, {"token_uri": "https://user@a.example/"}, "token_uri that is no https"),
        (AuthHeader.GOOGLE, {"client_email": "a" * 4096}, "is too long"),
        (AuthHeader.ENTRA, {"tenantId": "../other"}, "tenantId"),
        (AuthHeader.ENTRA, {"clientSecret": 7}, "lacks clientSecret"),
        (AuthHeader.ENTRA, {"activeDirectoryEndpointUrl": "https://[::1]"}, "no https URL"),
    ],
)
def test_what_is_no_such_document_is_refused_without_showing_it(scheme, document, told):
    whole = cloud_keys.ENTRA if scheme is AuthHeader.ENTRA else cloud_keys.service_account()
    text = json.dumps({**whole, **document} if isinstance(document, dict) else document)
    with pytest.raises(UnusableKeyError, match=told) as refused:
        key_documents.kept(scheme, text)
    assert "hidden" not in str(refused.value)


def test_a_workload_of_another_cloud_is_refused():
    document = cloud_keys.external_account(subject_token_type="urn:ietf:params:oauth:token-type:jwt")
    with pytest.raises(UnusableKeyError, match="must have the subject_token_type"):
        key_documents.kept(AuthHeader.GOOGLE, json.dumps(document))
