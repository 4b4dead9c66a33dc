"""A key's new secret, and how long its old ones stay valid."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.builders import KEY, NOW, scope
from tollgate.keys.rotations import MAX_OLD_SECRETS, TooManySecretsError, rotated

DAY = timedelta(days=1)


def test_a_rotation_keeps_the_old_secret_for_the_grace():
    now = rotated(scope(), "new", NOW, DAY)

    assert now.secret_hash == "new"
    assert now.old_secrets == {KEY.secret_hash: NOW + DAY}
    assert now.old_secrets_valid_until(NOW) == NOW + DAY
    assert now.old_secrets_valid_until(NOW + DAY) is None


def test_a_rotation_whose_answer_was_lost_and_that_is_repeated_keeps_the_secret_in_use():
    again = rotated(rotated(scope(), "lost", NOW, DAY), "new", NOW + timedelta(seconds=1), DAY)

    assert again.old_secrets[KEY.secret_hash] == NOW + DAY
    assert again.secret_hash == "new"


def test_a_rotation_neither_shortens_nor_prolongs_what_earlier_ones_have_granted():
    sooner = rotated(rotated(scope(), "second", NOW, DAY), "third", NOW, DAY / 2)

    assert sooner.old_secrets == {KEY.secret_hash: NOW + DAY, "second": NOW + DAY / 2}


def test_without_grace_every_old_secret_ends_whatever_clock_a_request_goes_by():
    now = rotated(rotated(scope(), "second", NOW, DAY), "third", NOW, timedelta(0))

    assert now.old_secrets.keys() == {KEY.secret_hash, "second"}
    assert now.old_secrets_valid_until(NOW - timedelta(days=365)) is None


def test_secrets_whose_grace_is_over_are_forgotten_by_the_next_rotation():
    later = rotated(rotated(scope(), "second", NOW, DAY), "third", NOW + DAY, DAY)

    assert later.old_secrets.keys() == {"second"}


def test_so_many_old_secrets_can_be_in_force_and_no_more():
    full = scope()
    for number in range(MAX_OLD_SECRETS):
        full = rotated(full, f"secret {number}", NOW, DAY)

    with pytest.raises(TooManySecretsError):
        rotated(full, "one more", NOW, DAY)
    assert rotated(full, "one more", NOW, timedelta(0)).secret_hash == "one more"
    assert len(rotated(full, "one more", NOW + DAY, DAY).old_secrets) == 1
