"""Commands of root without a daemon, on the store of the service's user."""
import os
import pwd
import shutil
import sqlite3
import stat
import struct
import tempfile
from types import SimpleNamespace

import pytest
from lab.daemon import Rosterd, mail_section

NOBODY = pwd.getpwnam("nobody")
STORE_FAILED, CONFIGURATION = 74, 78  # exit statuses
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def rosterd():
    """Configured, not started; configuration and secrets are root's, the store is nobody's."""
    folder = tempfile.mkdtemp(prefix="rosterd-")
    made = Rosterd(folder)
    made.config["mail"] = mail_section(SimpleNamespace(port=9, ca_file="/etc/ssl/certs/ca-certificates.crt"), folder)
    del made.config["mail"]["ca_file"]
    made.write_config()
    os.chmod(made.config_file, 0o600)
    if os.geteuid() == 0:
        os.chmod(folder, 0o711)  # nobody has to reach the store
        os.chown(made.store, NOBODY.pw_uid, NOBODY.pw_gid)
    yield made
    shutil.rmtree(folder)


def owners(folder):
    return {name: os.lstat(os.path.join(folder, name)).st_uid for name in os.listdir(folder)}


@as_root
def test_a_command_of_root_leaves_the_store_to_its_owner(rosterd):
    assert rosterd.ok("user", "list") == []
    left = owners(rosterd.store)
    assert {"rosterd.db", "rosterd.lock", "secret.key"} <= set(left) and set(left.values()) == {NOBODY.pw_uid}
    rosterd.ok("token", "create", "--name", "demo", "--source", "scim:demo")
    assert set(owners(rosterd.store).values()) == {NOBODY.pw_uid}


@as_root
def test_a_link_to_the_store_counts_for_its_owner(rosterd):
    real = rosterd.store + "-real"  # root's; nobody could have made the link to it
    os.mkdir(real, 0o700)
    os.rmdir(rosterd.store)
    os.symlink(real, rosterd.store)
    os.lchown(rosterd.store, NOBODY.pw_uid, NOBODY.pw_gid)
    assert rosterd.command("user", "list").exit == STORE_FAILED
    assert os.listdir(real) == []


def plant_journal(database, victim):
    """A journal that SQLite takes for that of a transaction over several files which was cut off: whoever opens the
    database removes it, and `victim`, its super-journal, with it."""
    name = victim.encode()
    with open(database + "-journal", "wb") as f:
        f.write(b"x" * 512 + b"\0\0\0\0" + name + struct.pack(">II", len(name), sum(name) & 0xffffffff) +
                bytes.fromhex("d9d505f920a163d7"))
    os.chown(database + "-journal", NOBODY.pw_uid, NOBODY.pw_gid)


@as_root
def test_a_backup_of_root_is_roots_and_touches_the_store_as_its_owner(rosterd):
    assert rosterd.ok("user", "list") == []
    backup = os.path.join(rosterd.folder, "backup.db")
    assert rosterd.ok("backup", backup)["people"] == 0
    made = os.lstat(backup)
    assert made.st_uid == 0 and stat.S_IMODE(made.st_mode) == 0o600
    assert set(owners(rosterd.store).values()) == {NOBODY.pw_uid}
    assert not [name for name in os.listdir(rosterd.store) if name.startswith("back")]
    rosterd.ok("backup", backup, "--overwrite")
    rosterd.ok("restore", backup)
    assert rosterd.ok("user", "list") == [] and set(owners(rosterd.store).values()) == {NOBODY.pw_uid}


@as_root
@pytest.mark.parametrize("command", ["backup", "user"])
def test_a_planted_journal_reaches_no_further_than_the_owner(rosterd, command):
    assert rosterd.ok("user", "list") == []
    victim = os.path.join(rosterd.folder, "victim")

    def plant(database):
        with open(victim, "w", encoding="utf-8") as f:
            f.write("precious")
        plant_journal(database, victim)

    other = os.path.join(rosterd.folder, "other.db")  # the journal is one: root's own SQLite follows it
    shutil.copy(rosterd.database, other)
    plant(other)
    with sqlite3.connect(other) as db:
        db.execute("SELECT count(*) FROM users").fetchall()
    assert not os.path.exists(victim)

    plant(rosterd.database)
    backup = os.path.join(rosterd.folder, "backup.db")
    ran = rosterd.command("backup", backup) if command == "backup" else rosterd.command("user", "list")
    assert os.path.exists(victim), ran
    assert ran.exit == STORE_FAILED and not os.path.exists(backup) and not os.path.exists(backup + ".part")


@as_root
def test_a_backup_follows_no_link_out_of_the_store(rosterd):
    assert rosterd.ok("user", "list") == []
    os.rename(rosterd.database, os.path.join(rosterd.folder, "precious.db"))
    os.symlink(os.path.join(rosterd.folder, "precious.db"), rosterd.database)
    backup = os.path.join(rosterd.folder, "backup.db")
    assert rosterd.command("backup", backup).exit == STORE_FAILED
    assert not os.path.exists(backup) and not os.path.exists(backup + ".part")


@as_root
def test_root_checks_the_configuration_as_the_service_will_read_it(rosterd):
    secret = rosterd.config["mail"]["password_file"]
    unreadable = rosterd.command("check-config")
    assert unreadable.exit == CONFIGURATION and f"chgrp nobody {rosterd.config_file}" in unreadable.err
    os.chown(rosterd.config_file, -1, NOBODY.pw_gid)
    os.chmod(rosterd.config_file, 0o640)
    refused = rosterd.command("check-config")
    assert refused.exit == CONFIGURATION and f'chown nobody "{secret}"' in refused.err
    os.chown(secret, NOBODY.pw_uid, -1)
    good = rosterd.command("check-config")
    assert (good.exit, good.err) == (0, "") and "is fine" in good.out


@pytest.mark.parametrize("name", ["rosterd.lock", "rosterd.db", "secret.key"])
@pytest.mark.parametrize("there", [True, False])
def test_planted_links_are_not_followed(rosterd, name, there):
    target = os.path.join(rosterd.folder, "precious")
    content = b"" if name == "rosterd.db" else b"x" * 32
    if there:
        with open(target, "wb") as f:
            f.write(content)
        os.chmod(target, 0o666)
    os.symlink(target, os.path.join(rosterd.store, name))
    ran = rosterd.command("user", "list")
    assert ran.exit == STORE_FAILED and name in ran.err
    assert os.path.exists(target) == there
    if there:
        with open(target, "rb") as f:
            assert f.read() == content
        assert os.stat(target).st_mode & 0o777 == 0o666
