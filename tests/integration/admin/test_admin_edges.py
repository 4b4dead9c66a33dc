"""What the admin API makes of what people try: malformed ids, amounts in other digits, addresses, caches."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from tests.support import admin_routes

# Of the right beginning and too short, of another kind, of no kind, and what tries to be a path of its own.
MALFORMED = [
    "key_1",
    "prv_0123456789ABCDEF0123",
    "mdl_",
    "nobody",
    "KEY_0123456789ABCDEF",
    "..",
    "a b",
    "\n",
    "a%2Fb",
    "é",
    "\n",
    "a\n",
]
NAMING = [name for name in admin_routes.names() if "{" in name]
# A body that the route takes, so that nothing but the id is wrong, and one that it doesn't.
BODIES = [None, {"unknown": 1}]


@pytest.mark.parametrize("name", NAMING)
def test_an_id_that_nothing_has_is_not_found_whatever_its_form(shared_admin, name):
    method = name.split()[0]
    for malformed in MALFORMED:
        for body in BODIES if method in {"POST", "PUT", "PATCH"} else [None]:
            answer = shared_admin(method, admin_routes.path_of(name, malformed), body)
            assert answer.status == 404, (malformed, body, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "amount",
    [
        "1_000",
        "\uff11\uff10",
        "\u0663",
        " 5 ",
        "5\u00a0",
        "+5",
        "1e3",
        "1E-2",
        ".5",
        "5.",
        "0x10",
        "1,5",
        "",
        "NaN",
        "Infinity",
        True,
    ],
)
def test_an_amount_is_in_plain_digits(shared_admin, amount):
    for method, path, body in (
        ("POST", "/apiKey", {"name": "a", "budgetLimit": amount}),
        ("POST", "/apiKey", {"name": "a", "quotaLimit": amount, "quotaPeriod": "day"}),
        ("POST", "/apiKey", {"name": "a", "priceFactor": amount}),
        ("PATCH", "/settings", {"defaultMonthlyQuota": amount}),
        (
            "POST",
            "/models",
            {"systemName": "m", "providerId": "prv_x", "modelType": "chat", "inputPrice": amount},
        ),
    ):
        answer = shared_admin(method, path, body)
        assert answer.status == 422, (body, answer.text)


@pytest.mark.parametrize("amount", ["12.50", "0", "007", 12.5, 12])
def test_plain_digits_are_taken_as_text_or_number(shared_admin, amount):
    assert shared_admin("POST", "/apiKey", {"name": "a", "budgetLimit": amount}).status == 201


@pytest.mark.parametrize(
    "address",
    [
        "a@b",
        "a b@example.com",
        "a@example.com,b@example.com",
        "a@example.com;b@example.com",
        "<a@example.com>",
        "A <a@example.com>",
        '"a"@example.com',
        "a@exa_mple.com",
        "a@-example.com",
        "a@example..com",
        "a@[127.0.0.1]",
        "a@example.com.",
        "ä@example.com",
        "a@exämple.com",
        "a@example.com\u200b",
        f"{'a' * 65}@example.com",
    ],
)
def test_an_address_is_one_that_mail_can_go_to(shared_admin, address):
    notified = [{"percent": 80, "level": "warning", "notify": [address]}]
    for body in ({"ownerEmail": address}, {"budgetLimit": "1", "budgetAlertThresholds": notified}):
        answer = shared_admin("POST", "/apiKey", {"name": "a", **body})
        assert answer.status == 422, (body, answer.text)


@pytest.mark.parametrize(
    "address", ["a@example.com", "first.last+tag@mail.example.co.uk", "o'hara@xn--exmple-cua.com"]
)
def test_usual_addresses_are_taken(shared_admin, address):
    assert shared_admin("POST", "/apiKey", {"name": "a", "ownerEmail": address}).status == 201


def test_no_cache_keeps_an_answer_with_a_secret_or_any_other(shared_admin):
    created = shared_admin("POST", "/apiKey", {"name": "a"})
    answers = [
        created,
        shared_admin("POST", f"/apiKey/{created.json['id']}/rotate"),
        shared_admin("POST", "/admins", {"name": "someone", "role": "viewer"}),
        shared_admin("GET", "/apiKey"),
        shared_admin("GET", "/nowhere"),
        shared_admin("GET", "/apiKey", token=None),
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("api", ["admin", "client"])
def test_the_docs_page_runs_its_own_scripts_alone_and_stands_in_no_frame(shared_admin, api):
    page = shared_admin("GET", "/docs", token=None, api=api)

    policy = page.headers["content-security-policy"]
    scripts = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert len(scripts) == 2
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    for directive in (
        "default-src 'none'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ):
        assert directive in policy
    assert "unsafe" not in policy.split("script-src")[1].split(";")[0]
    assert page.headers["x-frame-options"] == "DENY"
