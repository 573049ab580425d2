# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests. What costs time to start is started once a session."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import demo as demo_data  # noqa: E402
import harness  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "chaos: kills, lost connections, races")
    config.addinivalue_line("markers", "clients: libraries of other makers")
    config.addinivalue_line("markers", "soak: long counts, only in scripts/test soak")


@pytest.fixture(scope="session", autouse=True)
def no_secret_in_any_log():
    """Whatever the tests did: no secret, token or Authorization value stands in any log of any process."""
    yield
    assert not harness.leaks, harness.leaks[:5]


@pytest.fixture(scope="session")
def cluster():
    """A migrated cluster that tests share: what they make there must not stand in others' way."""
    made = harness.migrated_cluster()
    yield made
    made.destroy()


@pytest.fixture(scope="session")
def command_line(cluster):
    return harness.CommandLine(cluster)


@pytest.fixture(scope="session")
def server(cluster):
    """A server that tests share. It has to end without a complaint, so that a leak or a broken assertion fails the session."""
    running = harness.Server(cluster)
    yield running
    code, errors = running.stop(), running.errors()
    running.close()
    assert code == 0, errors


@pytest.fixture(scope="session")
def demo(cluster):
    """The demo api on the shared cluster; each test makes the accounts and keys that it needs."""
    return demo_data.World(cluster)


@pytest.fixture
def start_server():
    """start_server(cluster, **flags): servers of one test."""
    started = []

    def start(*arguments, **flags):
        started.append(harness.Server(*arguments, **flags))
        return started[-1]

    yield start
    for running in started:
        running.close()


@pytest.fixture(scope="session")
def edge():
    """The HTTP edge alone, shared."""
    running = harness.Edge()
    yield running
    code, errors = running.stop(), running.errors()
    running.close()
    assert code == 0, errors


@pytest.fixture
def start_edge():
    """start_edge(*flags): edges of one test; each has to end without a complaint."""
    started = []

    def start(*arguments):
        started.append(harness.Edge(*arguments))
        return started[-1]

    yield start
    results = [(running.stop(), running.errors()) for running in started if running.process.returncode is None]
    for running in started:
        running.close()
    assert all(code == 0 for code, _ in results), results
