"""Where a provider's host name may lead."""

from __future__ import annotations

import pytest

from tollgate.network_addresses import address_of, is_address, is_reachable_by_name

ELSEWHERE = [
    "8.8.8.8",
    "::ffff:8.8.8.8",
    "2606:4700::6810:84e5",
    pytest.param("64:ff9b::808:808", id="8.8.8.8 behind a NAT64"),
    pytest.param("2002:808:808::1", id="8.8.8.8 by 6to4"),
]
OWN = [
    "0.0.0.0",
    "10.0.0.5",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "fd00:ec2::254",
    "fe80::1%eth0",
    "ff02::1",
    "::ffff:10.0.0.5",
    pytest.param("::a00:5", id="10.0.0.5, IPv4-compatible"),
    pytest.param("64:ff9b::a00:5", id="10.0.0.5 behind a NAT64"),
    pytest.param("64:ff9b:1::808:808", id="behind a NAT64 of the network itself"),
    pytest.param("2002:a00:5::1", id="10.0.0.5 by 6to4"),
    pytest.param("2001:0:4136:e378:8000:63bf:f5ff:fffa", id="10.0.0.5 by Teredo"),
]
LOOPBACK = [
    "127.0.0.1",
    "127.255.255.254",
    "::1",
    "::ffff:127.0.0.1",
    pytest.param("::7f00:1", id="IPv4-compatible"),
    pytest.param("64:ff9b::7f00:1", id="behind a NAT64"),
]


@pytest.mark.parametrize("text", ELSEWHERE)
@pytest.mark.parametrize("loopback_allowed", [False, True])
def test_a_name_may_lead_to_where_everybody_can_reach(text, loopback_allowed):
    assert is_reachable_by_name(address_of(text), loopback_allowed=loopback_allowed)


@pytest.mark.parametrize("text", OWN)
@pytest.mark.parametrize("loopback_allowed", [False, True])
def test_a_name_may_not_lead_to_where_the_gateway_alone_can_reach(text, loopback_allowed):
    assert not is_reachable_by_name(address_of(text), loopback_allowed=loopback_allowed)


@pytest.mark.parametrize("text", LOOPBACK)
@pytest.mark.parametrize("loopback_allowed", [False, True])
def test_a_name_may_lead_to_the_own_machine_in_a_local_stack_alone(text, loopback_allowed):
    assert is_reachable_by_name(address_of(text), loopback_allowed=loopback_allowed) == loopback_allowed


@pytest.mark.parametrize(
    ("host", "is_one"), [("10.0.0.5", True), ("::1", True), ("localhost", False), ("api.example.com", False)]
)
def test_an_address_is_no_name(host, is_one):
    assert is_address(host) == is_one
