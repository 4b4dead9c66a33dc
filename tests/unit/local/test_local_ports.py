from __future__ import annotations

import socket

import pytest

from infra.local.free_ports import LOOPBACK, Ports, free_ports
from infra.local.local_errors import UnusableError


def test_ports_are_the_emulators_usual_one_and_its_neighbours_unless_chosen():
    assert Ports.chosen({}) == Ports(gateway=4565, emulator=4566, provider=4567)
    assert Ports.chosen({"TOLLGATE_PORT": "5566", "TOLLGATE_PROVIDER_PORT": ""}) == Ports(5566, 4566, 4567)
    assert Ports.chosen({"TOLLGATE_EMULATOR_PORT": "5567"}) == Ports(4565, 5567, 4567)


@pytest.mark.parametrize("name", ["PORT", "EMULATOR_PORT", "PROVIDER_PORT"])
@pytest.mark.parametrize("text", ["http", "-1", "0", "65536", "4566.0"])
def test_what_is_no_port_is_refused_as_it_was_typed(name, text):
    with pytest.raises(UnusableError, match=f"^{name}={text} is not a port") as refusal:
        Ports.chosen({f"TOLLGATE_{name}": text})
    assert refusal.value.exit_code == 2


def test_free_ports_can_be_listened_on():
    ports = Ports.free()
    assert len({ports.gateway, ports.emulator, ports.provider}) == 3
    ports.require_free()


@pytest.mark.parametrize("address", [LOOPBACK, "0.0.0.0"])
def test_a_taken_port_is_named_with_its_purpose_and_the_way_out(address):
    gateway, emulator = free_ports(2)
    with socket.create_server((address, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            UnusableError, match=rf"Port {port}, for the mock provider, is taken\. .*PROVIDER_PORT="
        ):
            Ports(gateway, emulator, provider=port).require_free()


@pytest.mark.parametrize("again", [0, 1])
def test_one_port_cannot_serve_two_purposes(again):
    gateway, emulator = free_ports(2)
    with pytest.raises(UnusableError, match="both"):
        Ports(gateway, emulator, (gateway, emulator)[again]).require_free()
