"""The Debian package, its manual pages and completions. Installing it for real: tests/package/run."""
import gzip
import os
import re
import shutil
import subprocess

import pytest
from lab import unit
from lab.daemon import find_binary

BUILD = os.environ.get("ROSTERD_BUILD") or os.path.dirname(find_binary())
DOCUMENTS = os.path.join(BUILD, "systemd", "documents")


def output(*argv, **options):
    run = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, **options)
    assert run.returncode == 0, f"{' '.join(argv)}: exit {run.returncode}\n{run.stdout}{run.stderr}"
    return run.stdout


def document(name):
    with open(os.path.join(DOCUMENTS, name), encoding="utf-8") as f:
        return f.read()


@pytest.fixture(scope="module")
def deb(tmp_path_factory):
    if os.environ.get("ROSTERD_SANITIZE"):
        pytest.skip("a build with sanitizers is not packaged")
    if not shutil.which("dpkg-shlibdeps"):
        pytest.skip("dpkg-dev is not installed")
    folder = str(tmp_path_factory.mktemp("package"))
    output("cpack", "-G", "DEB", "-B", folder, cwd=BUILD)
    name, = [name for name in os.listdir(folder) if name.endswith(".deb")]
    return os.path.join(folder, name)


@pytest.fixture(scope="module")
def tree(deb, tmp_path_factory):
    """The package unpacked; nothing of it is run."""
    folder = str(tmp_path_factory.mktemp("tree"))
    output("dpkg-deb", "--raw-extract", deb, folder)
    return folder


def test_control(deb):
    control = output("dpkg-deb", "--field", deb)
    depends = re.search(r"(?m)^Depends: (.*)$", control).group(1)
    for library in ("libc6", "libpistache0", "libldap-2.5-0", "libsqlite3-0", "libsodium23", "init-system-helpers",
                    "systemd-standalone-sysusers"):
        assert re.search(rf"\b{re.escape(library)}\b", depends), f"{library}: {depends}"
    assert re.search(r"(?m)^Maintainer: .+ <.+@.+>$", control) and re.search(r"(?m)^Section: net$", control), control


def test_contents(deb, tree):
    listing = {}
    for line in output("dpkg-deb", "--contents", deb).splitlines():
        words = line.split()
        listing[words[5].removeprefix(".")] = (words[0], words[1])
    for path in ("/usr/bin/rosterd", "/etc/rosterd/rosterd.toml", "/usr/lib/systemd/system/rosterd.service",
                 "/usr/lib/systemd/system/rosterd.socket", "/usr/lib/sysusers.d/rosterd.conf",
                 "/usr/share/man/man8/rosterd.8.gz", "/usr/share/man/man5/rosterd.toml.5.gz",
                 "/usr/share/doc/rosterd/copyright", "/usr/share/doc/rosterd/changelog.gz",
                 "/usr/share/doc/rosterd/changelog.Debian.gz"):
        assert path in listing, f"{path} is missing:\n{listing}"
    assert all(owner == "root/root" for _, owner in listing.values()), listing
    assert not any(mode[8] == "w" or "s" in mode for mode, _ in listing.values()), listing
    with open(os.path.join(tree, "DEBIAN", "conffiles"), encoding="utf-8") as f:
        assert f.read() == "/etc/rosterd/rosterd.toml\n"
    for script in ("postinst", "prerm", "postrm"):
        output("sh", "-n", os.path.join(tree, "DEBIAN", script))


def test_the_unit_that_is_installed_is_the_one_that_is_tested(tree):
    for name in ("rosterd.service", "rosterd.socket"):
        with open(os.path.join(tree, "usr/lib/systemd/system", name), encoding="utf-8") as installed, \
                open(os.path.join(unit.TOP, "systemd", name), encoding="utf-8") as tested:
            assert installed.read() == tested.read(), name


def test_the_binary_is_stripped_and_hardened(tree):
    binary = os.path.join(tree, "usr/bin/rosterd")
    headers = output("readelf", "-hldS", "--wide", binary)
    assert "DYN (Position-Independent Executable file)" in headers
    assert "GNU_RELRO" in headers and re.search(r"FLAGS_1\).*NOW", headers) and ".debug_info" not in headers
    assert re.search(r"GNU_STACK .* RW ", headers), "an executable stack"
    symbols = output("readelf", "--dyn-syms", "--wide", binary)
    assert "__stack_chk_fail" in symbols
    with open(binary, "rb") as f:
        assert unit.TOP.encode() not in f.read(), "names the folder it was built in"


@pytest.mark.skipif(not shutil.which("lintian"), reason="lintian is not installed")
def test_lintian(deb):
    output("lintian", "--allow-root", "--fail-on", "error,warning", deb)


def test_another_prefix_is_written_into_the_unit(tmp_path):
    output("cmake", "--install", BUILD, "--prefix", str(tmp_path), "--component", "common")
    with open(os.path.join(tmp_path, "lib/systemd/system/rosterd.service"), encoding="utf-8") as f:
        assert f"\nExecStart={tmp_path}/bin/rosterd run" in f.read()
    assert os.access(os.path.join(tmp_path, "bin/rosterd"), os.X_OK)


def leaves():
    """{"token create": its help} of every command, as --help tells."""
    binary, found = find_binary(), {}

    def walk(path):
        text = output(binary, *path, "--help")
        names = re.search(r"(?ms)^(?:Subcommands|SUBCOMMANDS):\n(.*?)(?:\n\S|\Z)", text)
        subcommands = re.findall(r"(?m)^  ([a-z][a-z-]*) ", names.group(1)) if names else []
        for name in subcommands:
            walk([*path, name])
        if not subcommands:
            found[" ".join(path)] = text
    walk([])
    return found


def options_of(text):
    return set(re.findall(r"(?m)^  (?:-\w,)?(--[a-z-]+)", text)) - {"--help"}


def test_every_command_and_option_is_in_page_and_completions():
    known = leaves()
    assert len(known) > 20, known
    page = document("rosterd.8").replace("\\-", "-")
    scripts = {name: document(name) for name in ("rosterd.bash", "rosterd.zsh", "rosterd.fish")}
    for command, text in known.items():
        assert re.search(rf"(?m)^\.SS {re.escape(command)}( |$)", page), command
        for option in options_of(text):
            assert option in page, f"{command} {option}"
            for name, script in scripts.items():
                assert (f"-l {option[2:]} " if name.endswith("fish") else option) in script, f"{name}: {command} {option}"
    for status in re.findall(r"(?m)^  (\d+) ", output(find_binary(), "--help")):
        assert f".TP\n\\fB{status}\\fR" in page, status


def test_every_option_is_in_the_page_of_the_configuration():
    page = document("rosterd.toml.5").replace("\\-", "-")
    section, count = None, 0
    for line in output(find_binary(), "check-config", "--example").splitlines():
        if match := re.match(r"#?(\[\[?[a-z.]+\]\]?)$", line):
            section = match.group(1)
            assert f".SS {section}\n" in page, section
        elif match := re.match(r"#([a-z_]+) = ", line):
            name, count = match.group(1), count + 1
            part = page.partition(f".SS {section}\n")[2].partition("\n.SS ")[0]
            assert re.search(rf"\\fB(\w+, )?{name}\\fR", part), f"{section} {name}"
    assert count > 80


@pytest.mark.parametrize("page", ["rosterd.8", "rosterd.toml.5"])
@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_manual_pages_are_well_formed(page):
    run = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", os.path.join(DOCUMENTS, page)], capture_output=True,
                         text=True, timeout=60)
    assert run.returncode == 0 and not run.stdout, run.stdout


def test_the_change_log_of_the_package(tree):
    with gzip.open(os.path.join(tree, "usr/share/doc/rosterd/changelog.gz"), "rt") as f:
        assert f.read().startswith("# Changes")


CONFIG = '[[scim]]\nname = "entra"\n[[scim]]\n  name="okta"\n[[directory]]\nname = \'corp\'\n[mail]\nname = "no"\n'
COMPLETED = [
    (["tok"], {"token"}),
    (["token", ""], {"create", "list", "revoke"}),
    (["token", "create", "--na"], {"--name"}),
    (["--config", "CONFIG", "token", "create", "--na"], {"--name"}),
    (["mail", "list", "--state", "g"], {"given_up"}),
    (["user", "list", "--kind", ""], {"staff", "client"}),
    (["--config", "CONFIG", "sync", "--source", ""], {"corp"}),
    (["--config", "CONFIG", "token", "create", "--source", ""], {"scim:entra", "scim:okta"}),
    (["--config", "CONFIG", "token", "create", "--source", "sc"], {"scim:entra", "scim:okta"}),
]
SHELLS = {
    "bash": ("rosterd.bash", 'source "$1"; shift; COMP_WORDS=(rosterd "$@"); COMP_CWORD=$#; _rosterd; printf "%s\\n" "${COMPREPLY[@]}"'),
    "fish": ("rosterd.fish", 'source $argv[1]; complete -C "rosterd "(string join " " -- $argv[2..-1])'),
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line, words", COMPLETED, ids=[" ".join(line) for line, _ in COMPLETED])
def test_completion(shell, line, words, tmp_path):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    config = os.path.join(tmp_path, "c.toml")
    with open(config, "w", encoding="utf-8") as f:
        f.write(CONFIG)
    file, program = SHELLS[shell]
    argv = [config if word == "CONFIG" else word for word in line]
    before = ["-c", program] if shell == "fish" else ["--norc", "-c", program, "bash"]
    found = output(shell, *before, os.path.join(DOCUMENTS, file), *argv, env={**os.environ, "HOME": str(tmp_path)})
    assert {word.split("\t")[0] for word in found.splitlines()} - {"--help"} == words


PLANTED = ("$(touch${IFS}FILE)", "`touch${IFS}FILE`", "(touch FILE)", ";touch FILE;", "a b", "*", "~root", "${(e):-$(touch FILE)}")


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_runs_nothing_out_of_a_configuration(shell, tmp_path):
    """Each name that is a command is left out, and is not run; the good one beside them is offered."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    config, made = os.path.join(tmp_path, "c.toml"), os.path.join(tmp_path, "made")
    with open(config, "w", encoding="utf-8") as f:
        for section in ("scim", "directory"):
            for name in (*PLANTED, "good"):
                f.write(f'[[{section}]]\nname = "{name.replace("FILE", made)}"\n')
    file, program = SHELLS[shell]
    before = ["-c", program] if shell == "fish" else ["--norc", "-c", program, "bash"]
    for line, word in ((["token", "create"], "scim:good"), (["sync"], "good")):
        found = output(shell, *before, os.path.join(DOCUMENTS, file), "--config", config, *line, "--source", "",
                       env={**os.environ, "HOME": str(tmp_path)})
        assert not os.path.exists(made), "a name was run"
        assert [word.split("\t")[0] for word in found.splitlines()] == [word]


# An interactive zsh on a terminal of its own: reads on until the word is shown.
ZSH = r"""
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1='> '; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -d $1/dump; echo READ''Y"
zpty -r z shown '*READY*' && zpty -n -w z "rosterd $2"$'\t\t' && zpty -r z shown "*$3*"
result=$?
zpty -d z
exit $result
"""


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
@pytest.mark.parametrize("line, word", [("tok", "revoke"), ("mail list --state ", "given_up"), ("user list --kind ", "client"),
                                        ("--config {} token create --source ", "scim:okta"), ("token create --", "--name")])
def test_zsh_completion(line, word, tmp_path):
    shutil.copy(os.path.join(DOCUMENTS, "rosterd.zsh"), os.path.join(tmp_path, "_rosterd"))
    config = os.path.join(tmp_path, "c.toml")
    with open(config, "w", encoding="utf-8") as f:
        f.write(CONFIG)
    output("timeout", "30", "zsh", "-f", "-c", ZSH, "zsh", str(tmp_path), line.format(config), word, stdin=subprocess.DEVNULL,
           env={**os.environ, "TERM": "dumb", "HOME": str(tmp_path)})


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_completion_runs_nothing_out_of_a_configuration(tmp_path):
    shutil.copy(os.path.join(DOCUMENTS, "rosterd.zsh"), os.path.join(tmp_path, "_rosterd"))
    config, made = os.path.join(tmp_path, "c.toml"), os.path.join(tmp_path, "made")
    with open(config, "w", encoding="utf-8") as f:
        for name in (*PLANTED, "good", "grand"):
            f.write('[[scim]]\nname = "%s"\n' % name.replace("FILE", made))
    output("timeout", "30", "zsh", "-f", "-c", ZSH, "zsh", str(tmp_path), f"--config {config} token create --source ",
           "scim:grand", stdin=subprocess.DEVNULL, env={**os.environ, "TERM": "dumb", "HOME": str(tmp_path)})
    assert not os.path.exists(made)
