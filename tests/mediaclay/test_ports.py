"""Ports: who is in the way, and what to change."""

import os
import socket

import pytest

from mediaclay.errors import PortTaken
from mediaclay.ports import Port, any_free, free, require_free


def test_every_port_in_use_is_named_with_its_holder_and_its_setting():
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        numbers = [each.getsockname()[1] for each in (one, two)]
        wanted = [Port(number, f"part {place}", f"CLAY_{place}_PORT") for place, number in enumerate(numbers)]
        with pytest.raises(PortTaken) as error:
            require_free([Port(any_free(), "nothing", "CLAY_OTHER_PORT"), *wanted])
    sentences = error.value.message.split(" Port ")
    assert len(sentences) == 2
    for place, sentence in enumerate(sentences):
        assert f"{numbers[place]} (part {place}) is in use" in sentence
        assert f"(process {os.getpid()})" in sentence
        assert f"set CLAY_{place}_PORT to a free port." in sentence


def test_a_port_whose_last_connection_lingers_is_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = Port(server.getsockname()[1], "a part", "CLAY_PORT")
        with socket.create_connection(server.getsockname()):
            server.accept()[0].close()  # who closes first is left in TIME_WAIT
        assert not free(port)
    assert free(port)


def test_one_port_for_two_is_refused():
    number = any_free()
    with pytest.raises(PortTaken, match=f"Port {number} is given to both one and two: set CLAY_TWO_PORT to another"):
        require_free([Port(number, "one", "CLAY_ONE_PORT"), Port(number, "two", "CLAY_TWO_PORT")])


def test_a_host_that_is_not_ours_is_told():
    with pytest.raises(PortTaken, match=r"one can't listen on 192\.0\.2\.1:"):
        require_free([Port(any_free(), "one", "CLAY_ONE_PORT", "192.0.2.1")])
