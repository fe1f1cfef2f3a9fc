"""The systemd unit, checked by systemd's own tools."""
import configparser
import os
import re
import shutil
import subprocess

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNIT = os.path.join(TOP, "systemd", "rosterd.service")
SOCKET = os.path.join(TOP, "systemd", "rosterd.socket")


def unit():
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(UNIT, encoding="utf-8")
    return parser


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_sandbox_is_tight():
    run = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=12", UNIT], capture_output=True,
                         text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", run.stdout).group(1))
    assert exposure <= 1.2, run.stdout


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_it_verifies(tmp_path):
    # The program's place is not there on a machine that only builds: another one stands in for it.
    with open(UNIT, encoding="utf-8") as f:
        text = re.sub(r"(?m)^(Exec\w+=[-+!@:]*)/\S*rosterd\b", r"\1/bin/true", f.read())
    for name, content in (("rosterd.service", text), ("rosterd.socket", open(SOCKET, encoding="utf-8").read())):
        with open(os.path.join(tmp_path, name), "w", encoding="utf-8") as f:
            f.write(content)
    run = subprocess.run(["systemd-analyze", "verify", "--man=no", "rosterd.service", "rosterd.socket"], cwd=tmp_path,
                         capture_output=True, text=True, timeout=60)
    complaints = [line for line in run.stderr.splitlines() if "rosterd" in line]
    assert run.returncode == 0 and not complaints, run.stderr


def test_what_the_design_promises():
    service = unit()["Service"]
    assert service["Type"] == "notify" and service["StateDirectory"] == "rosterd"
    assert service["StateDirectoryMode"] == "0750" and service["User"] == "rosterd"
    assert "78" in service["RestartPreventExitStatus"].split(), "a configuration error must not restart"
    assert unit()["Unit"]["StartLimitIntervalSec"] == "0", "a disk that was full at the start is well again some day"
    assert "WatchdogSec" in service and "ExecReload" in service and "DynamicUser" not in service


def test_the_socket_unit_listens_where_the_daemon_would():
    with open(SOCKET, encoding="utf-8") as f:
        text = f.read()
    with open(os.path.join(TOP, "systemd", "rosterd.toml"), encoding="utf-8") as f:
        default = re.search(r'(?m)^#listen = \["([^"]+)"\]', f.read()).group(1)
    assert f"\nListenStream={default}\n" in text and "\nFileDescriptorName=http\n" in text
