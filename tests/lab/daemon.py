"""The real rosterd: a configuration for this lab, start until ready, commands, and a small HTTP client."""
import http.client
import json
import os
import re
import signal
import ssl
import subprocess
from dataclasses import dataclass

from . import ports, processes, smtp as smtp_module, toml
from .processes import LabError

ENGINEER_RULE = {"role": "Engineer", "projects": ["Website"]}


def find_binary():
    """$ROSTERD, or the demo's build. With $ROSTERD_CONFINE the daemon runs behind the unit's seccomp filters."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    path = os.environ.get("ROSTERD") or os.path.join(top, "build", "rosterd")
    if not os.access(path, os.X_OK):
        raise LabError(f"{path} is no program; build first, or set ROSTERD")
    if os.environ.get("ROSTERD_CONFINE"):
        os.environ["ROSTERD_CONFINED"] = path
        return os.path.join(top, "tests", "lab", "confine")
    return path


def no_sanitizer_report(text):
    """In a build with sanitizers, every process of every test counts, not only those whose exit code is looked at."""
    if re.search(r"(ERROR|WARNING): \w+Sanitizer|: runtime error: ", text):
        raise LabError("a sanitizer reports:\n" + text[-8000:])


def secret_file(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(text + "\n")
    return path


def directory_section(slapd, folder, name="corp", *, account="sync", **options):
    """A [[directory]] for a lab slapd: StartTLS, checked against its CA, with one of its accounts."""
    base = slapd.base
    section = {"name": name, "uris": [slapd.url], "start_tls": True, "ca_file": slapd.ca_file,
               "bind_dn": f"cn={account},o=rosterd-services",
               "bind_password_file": secret_file(folder, f"ldap-password-{name}", account),
               "people_bases": [f"ou=People,{base}"], "clients_bases": [f"ou=Clients,{base}"],
               "groups_bases": [f"ou=Groups,{base}"], "interval": "0s"}
    section.update(options)
    return {k: v for k, v in section.items() if v is not None}


def mail_section(server, folder, **options):
    return {"host": "127.0.0.1", "port": server.port, "security": "starttls", "ca_file": server.ca_file,
            "user": smtp_module.USER,
            "password_file": secret_file(folder, "smtp-password", smtp_module.PASSWORD),
            "from": "rosterd@example.org", "from_name": "Example Org", **options}


def company_rules(base):
    """What the groups of the sample company give, and one group name that a SCIM client can push."""
    def group(cn):
        return f"cn={cn},ou=Groups,{base}"
    return {
        "role": [{"name": "Engineer", "rank": 60, "permissions": ["projects", "tasks", "files"]},
                 {"name": "Designer", "rank": 55, "permissions": ["projects", "review"]}],
        "access": [
            {"#": "Who joins cn=engineering becomes an Engineer and works on Website.",
             "group": group("engineering"), **ENGINEER_RULE},
            {"#": "Nested: research, sales and one more group are members of this one.",
             "group": group("staff"), "role": "Staff", "projects": ["Intranet"]},
            {"group": group("circle-1"), "projects": ["Circle"]},
            {"group": group("developers"), "projects": ["Source code"]},
            {"group": group("marketing"), "role": "Staff", "projects": ["Campaigns"]},
            {"#": "A pattern: the group proj-apollo gives the project apollo.",
             "group": "proj-*", "projects": ["{1}"]},
            {"#": "Clients: they see their own projects only.",
             "group": "client-*", "kind": "client", "role": "Client", "projects": ["Portal {1}"], "company": "{1}",
             "permissions": ["files", "review"]},
            {"#": "A group of this name pushed by SCIM.",
             "group": "designers", "source": "scim:demo", "role": "Designer", "projects": ["Brand"]}]}


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body) if self.body else None


@dataclass
class Ran:
    exit: int
    out: str
    err: str

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as e:
            raise LabError(f"no JSON: {self.out[:500]!r} {self.err[:500]!r}") from e


class Rosterd:
    """`config` starts with store, HTTP, control socket and one [[scim]] called demo; change it, then start()."""

    def __init__(self, folder, binary=None, *, die_with_parent=True, port=None):
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self.binary = binary or find_binary()
        self.die_with_parent = die_with_parent
        self.port = port or ports.free()
        self.config_file = os.path.join(self.folder, "rosterd.toml")
        self.store = os.path.join(self.folder, "store")
        self.log = os.path.join(self.folder, "rosterd.log")
        self.prefix, self.environment, self.keep = [], {}, ()  # of launch(): what stands for systemd (manager.py)
        self.process = None
        self.token = None
        self.tls = None  # ssl.SSLContext of our requests, see use_tls
        os.makedirs(self.store, mode=0o700, exist_ok=True)
        self.config = {"store": {"directory": self.store},
                       "http": {"listen": [f"127.0.0.1:{self.port}"], "public_url": self.url},
                       "control": {"socket": self._socket()},
                       # Tests remove more in a minute than a company in a month.
                       "scim": [{"name": "demo", "max_removals": 1_000_000}]}

    url = property(lambda self: f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}")
    scim_url = property(lambda self: f"{self.url}/scim/v2")
    database = property(lambda self: os.path.join(self.store, "rosterd.db"))

    def _socket(self):
        path = os.path.join(self.folder, "control.sock")
        if len(path.encode()) > 107:
            raise LabError(f"{path} is too long for a unix socket (107 bytes); choose a shorter folder")
        return path

    def use_tls(self, certificate, key, ca_file, **options):
        """Listens with TLS alone; before start()."""
        self.tls = ssl.create_default_context(cafile=ca_file)
        self.config["http"].update(listen=[f"tls:127.0.0.1:{self.port}"], public_url=self.url,
                                   tls_certificate_file=certificate, tls_key_file=key, **options)

    def write_config(self):
        temporary = self.config_file + ".new"
        with open(temporary, "w", encoding="utf-8") as f:
            f.write(toml.write(self.config))
        os.replace(temporary, self.config_file)

    def start(self, timeout=60):
        self.write_config()
        self.launch()
        if not processes.wait_until(lambda: self.process.poll() is not None or self.ready(), timeout) \
                or self.process.poll() is not None:
            text = f"rosterd is not ready (exit {self.process.poll()}):\n{processes.tail(self.log, 20)}"
            self.stop()
            raise LabError(text)
        return self

    def launch(self):
        """Starts without waiting."""
        self.process = processes.start([*self.prefix, self.binary, "run", "--config", self.config_file], self.log,
                                       die_with_parent=self.die_with_parent, keep=self.keep,
                                       env={**os.environ, **self.environment})

    def ready(self):
        try:
            return self.get("/readyz", timeout=2).status == 200
        except OSError:
            return False
        except http.client.HTTPException:
            return False

    def stop(self, sig=signal.SIGTERM, timeout=30):
        """Returns the exit code, None when none runs."""
        if not self.process:
            return None
        processes.stop(self.process.pid, sig, timeout, self.process)
        code, self.process = self.process.wait(), None
        if code == -signal.SIGSYS:
            raise LabError(f"a system call that the unit forbids ended it (strace -f shows which):\n{processes.tail(self.log, 20)}")
        no_sanitizer_report(self.log_text())
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def log_text(self):
        return processes.tail(self.log, 100000)

    def command(self, *argv, timeout=120):
        """`rosterd ARGV --config …`; argv may hold --json."""
        run = subprocess.run([self.binary, *argv, "--config", self.config_file], capture_output=True, timeout=timeout,
                             stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"})
        ran = Ran(run.returncode, run.stdout.decode("utf-8", "replace"), run.stderr.decode("utf-8", "replace"))
        no_sanitizer_report(ran.err)
        return ran

    def ok(self, *argv):
        """A command that must succeed; its --json answer."""
        ran = self.command(*argv, "--json")
        if ran.exit != 0:
            raise LabError(f"rosterd {' '.join(argv)}: exit {ran.exit}\n{ran.out}{ran.err}")
        return ran.json()

    def new_token(self, name="demo", source="scim:demo"):
        self.token = self.ok("token", "create", "--name", name, "--source", source)["token"]
        return self.token

    def connect(self, timeout=30):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, timeout=30):
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, headers=None):
        return self.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **(headers or {})})

    def scim(self, method, path, body=None, headers=None):
        """As the connection `demo`; body is a dict."""
        all_headers = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if body is not None:
            all_headers.setdefault("Content-Type", "application/scim+json")
        return self.request(method, "/scim/v2" + path, None if body is None else json.dumps(body), all_headers)
