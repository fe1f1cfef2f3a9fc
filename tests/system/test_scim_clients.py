"""What identity providers send, replayed: every file below tests/data/scim is one scenario on a connection of its own.

ROSTERD_GOLDEN=write puts the answers that come into the files; read the difference before it is committed."""
import contextlib
import os
import pathlib
import re
import shutil
import tempfile

import golden
import pytest
from lab.daemon import Rosterd

DATA = pathlib.Path(__file__).parent.parent / "data" / "scim"
FILES = {str(path.relative_to(DATA).with_suffix("")): path for path in sorted(DATA.glob("*/*.golden"))}
WRITE = os.environ.get("ROSTERD_GOLDEN") == "write"


def connection_of(name):
    return name.replace("/", "-")


@pytest.fixture(scope="module")
def rosterd():
    folder = tempfile.mkdtemp(prefix="rosterd-")
    daemon = Rosterd(os.path.join(folder, "rosterd"))
    daemon.config["scim"] = [{"name": connection_of(name), "profile": path.parent.name,
                              **golden.read(path.read_text()).options}
                             for name, path in FILES.items()]
    try:
        yield daemon.start()
    finally:
        daemon.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("name", FILES)
def test_client(rosterd, name):
    scenario = golden.read(FILES[name].read_text())
    token = rosterd.new_token(connection_of(name), "scim:" + connection_of(name))
    with contextlib.closing(golden.Client(rosterd.port, token)) as client:
        try:
            golden.replay(scenario, client, rosterd.scim_url, "scim:" + connection_of(name), write=WRITE)
        finally:
            client.remove_everything()  # names are free for the next scenario
    if WRITE:
        FILES[name].write_text(golden.text_of(scenario))


def test_the_table_names_every_file():
    table = (DATA / "README.md").read_text()
    named = set(re.findall(r"\]\(([a-z]+/[a-z-]+)\.golden\)", table))
    assert named == set(FILES)
