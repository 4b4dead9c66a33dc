"""What answers repeat of paths."""

from __future__ import annotations

import pytest

from tollgate_admin.web import shown_paths


@pytest.mark.parametrize(
    ("path", "without_secrets", "without_ids"),
    [
        ("/v1/keys", "/v1/keys", "/v1/keys"),
        ("/api/admin/costs/what-if", "/api/admin/costs/what-if", "/api/admin/costs/what-if"),
        ("/api/admin/openapi.json", "/api/admin/openapi.json", "/api/admin/openapi.json"),
        ("/v1/keys/key_Ab1/rotate", "/v1/keys/key_Ab1/rotate", "/v1/keys/.../rotate"),
        ("/v1/keys/sk-tg-0123456789abcdef", "/v1/keys/...", "/v1/keys/..."),
        ("/apiKey/tg-admin-0123abcd/x", "/apiKey/.../x", "/apiKey/.../x"),
        (f"/apiKey/{'a' * 17}", "/apiKey/...", "/apiKey/..."),
        ("/apiKey/the-admin-token", "/apiKey/...", "/apiKey/..."),
        ("/apiKey/<b>/%2e", "/apiKey/.../...", "/apiKey/.../..."),
        ("/v1/keys/", "/v1/keys/", "/v1/keys/"),
    ],
)
def test_what_could_be_a_secret_or_an_id_is_left_out(path, without_secrets, without_ids):
    assert shown_paths.without_secrets(path) == without_secrets
    assert shown_paths.without_ids(path) == without_ids
