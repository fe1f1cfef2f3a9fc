"""Fixtures of the system tests: the real binary, a real slapd and a real SMTP server, all on free loopback ports."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lab.sample import Sample  # noqa: E402


@pytest.fixture(scope="module")
def lab():
    """One lab for the whole file; each test takes people of its own."""
    with Sample() as sample:
        yield sample


@pytest.fixture
def make_lab():
    """Labs with options of their own, ended after the test."""
    made = []

    def make(**options):
        made.append(Sample(**options))
        return made[-1]

    yield make
    for sample in made:
        sample.close()
