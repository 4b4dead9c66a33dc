"""Admin identities: their roles, and tokens that are shown once and recognised without a database."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.builders import NOW
from tollgate.admins import admins
from tollgate.admins.admins import AdminStatus, AdminToken, Role
from tollgate.keys import api_keys

TOKEN = AdminToken("adm_0123456789abcdef", "S" * 32)
REVEALED = "tg-admin-0123456789abcdefSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS1GkgAw"
MONTH = timedelta(days=30)


@pytest.mark.parametrize("role", Role)
def test_a_role_covers_itself_and_those_below_it(role):
    order = [Role.VIEWER, Role.OPERATOR, Role.OWNER]
    assert [each for each in order if role.covers(each)] == order[: order.index(role) + 1]


def test_an_issued_token_is_what_its_holder_sends():
    admin, token = admins.new("ci", Role.VIEWER, None, NOW)

    assert admins.parse(token.reveal()) == token
    assert re.fullmatch(r"tg-admin-[0-9A-Za-z]{54}", token.reveal())
    assert re.fullmatch(r"adm_[0-9A-Za-z]{16}", admin.id)
    assert admin.owns(token)


def test_tokens_in_the_hands_of_admins_stay_valid():
    assert TOKEN.reveal() == REVEALED
    assert admins.parse(REVEALED) == TOKEN


@pytest.mark.parametrize(
    "text", ["", "tg-admin-", REVEALED[:-1], f"{REVEALED}0", REVEALED.replace("S1", "T1"), REVEALED.upper()]
)
def test_what_is_cut_longer_or_mistyped_is_no_token(text):
    assert admins.parse(text) is None


def test_a_clients_key_is_no_admins_token_nor_the_other_way_round():
    assert admins.parse(api_keys.issue().reveal()) is None
    assert api_keys.parse(REVEALED) is None


def test_nothing_secret_is_stored_or_shown_in_a_log():
    admin, token = admins.new("ci", Role.VIEWER, None, NOW)
    for shown in (repr(token), repr(admin), str(admin)):
        assert token.secret not in shown
        assert admin.secret_hash not in shown
    assert token.secret not in admin.secret_hash


def test_anothers_token_is_not_accepted():
    admin, _ = admins.new("ci", Role.OWNER, None, NOW)
    assert not admin.owns(AdminToken(admin.id, "S" * 32))


def test_a_rotated_token_ends_the_one_before():
    admin, first = admins.new("ci", Role.OWNER, None, NOW)
    rotated, second = admin.rotated(NOW + MONTH)

    assert rotated.owns(second)
    assert not rotated.owns(first)
    assert (rotated.token_issued_at, rotated.created_at) == (NOW + MONTH, NOW)


def test_an_identity_ends_when_it_expires_or_is_revoked():
    admin, _ = admins.new("ci", Role.OWNER, NOW + MONTH, NOW)
    just_before = NOW + MONTH - timedelta(milliseconds=1)

    assert admin.status_at(just_before) is AdminStatus.ACTIVE
    assert admin.status_at(NOW + MONTH) is AdminStatus.EXPIRED
    revoked = replace(admin, revoked_at=NOW)
    assert revoked.status_at(NOW + MONTH) is AdminStatus.REVOKED
