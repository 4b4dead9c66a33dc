"""A target that fails again and again is left out for a while, and never for good."""

from __future__ import annotations

import pytest

from tollgate_proxy.upstream.circuit_breaker import CircuitBreaker

TARGET, OTHER = ("prv_a", "small"), ("prv_a", "large")


class Seconds:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def health(seconds):
    return CircuitBreaker(monotonic=seconds)


def fail(health, times, target=TARGET):
    for _ in range(times):
        health.failed(target)


def test_nobody_is_left_out_to_begin_with(health):
    assert health.seconds_out(TARGET) == 0


def test_two_failures_in_a_row_may_be_chance(health):
    fail(health, 2)
    assert health.seconds_out(TARGET) == 0


def test_a_third_one_leaves_the_target_out(health):
    fail(health, 3)
    assert health.seconds_out(TARGET) == 10


def test_another_target_of_the_same_provider_is_not_concerned(health):
    fail(health, 3)
    assert health.seconds_out(OTHER) == 0


def test_a_success_in_between_clears_what_was_before(health):
    fail(health, 2)
    health.succeeded(TARGET)
    fail(health, 2)
    assert health.seconds_out(TARGET) == 0


def test_when_its_time_is_over_a_target_is_back(health, seconds):
    fail(health, 3)
    seconds.now += 9.5
    assert health.seconds_out(TARGET) == 0.5
    seconds.now += 0.5
    assert health.seconds_out(TARGET) == 0


def test_each_further_failure_doubles_the_time_up_to_five_minutes(health, seconds):
    fail(health, 2)
    times = []
    for _ in range(8):
        fail(health, 1)
        times.append(health.seconds_out(TARGET))
        seconds.now += times[-1]
    assert times == [10, 20, 40, 80, 160, 300, 300, 300]


def test_one_success_is_enough_even_after_many_failures(health):
    fail(health, 2000)
    health.succeeded(TARGET)
    assert health.seconds_out(TARGET) == 0
    fail(health, 2)
    assert health.seconds_out(TARGET) == 0


def test_a_pause_that_is_asked_for_is_given_at_once(health, seconds):
    health.failed(TARGET, retry_after=7.5)
    assert health.seconds_out(TARGET) == 7.5
    seconds.now += 7.5
    assert health.seconds_out(TARGET) == 0


@pytest.mark.parametrize("retry_after", [301, 86_400, float("inf")])
def test_no_pause_is_longer_than_five_minutes(health, retry_after):
    health.failed(TARGET, retry_after=retry_after)
    assert health.seconds_out(TARGET) == 300


def test_a_shorter_pause_does_not_end_a_longer_one(health):
    health.failed(TARGET, retry_after=60)
    health.failed(TARGET, retry_after=1)
    health.failed(TARGET)
    assert health.seconds_out(TARGET) == 60


def test_a_success_ends_a_pause(health):
    health.failed(TARGET, retry_after=60)
    health.succeeded(TARGET)
    assert health.seconds_out(TARGET) == 0


def test_a_success_of_a_target_that_never_failed_is_nothing_new(health):
    health.succeeded(TARGET)
    assert health.seconds_out(TARGET) == 0
