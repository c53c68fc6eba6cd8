"""What holds for all tests."""

import socket

import pytest
import pytest_socket


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_nothing_beyond_loopback_can_be_reached() -> None:
    with socket.socket() as reaching, pytest.raises(pytest_socket.SocketConnectBlockedError):
        reaching.connect(("192.0.2.1", 80))


def test_loopback_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()):
        pass
