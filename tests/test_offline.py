"""Tests reach no network, whichever way they connect; this machine they do reach."""

import os
import socket

import pytest


def test_only_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as one, socket.socket() as other:
        assert one.connect_ex(server.getsockname()) == 0
        for connect in (other.connect, other.connect_ex):
            with pytest.raises(OSError, match=r"a test tried to connect to 192\.0\.2\.1"):
                connect(("192.0.2.1", 80))


def test_children_are_told() -> None:
    assert (os.environ["HF_HUB_OFFLINE"], os.environ["NO_PROXY"]) == ("1", "*")
