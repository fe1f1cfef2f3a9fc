"""What ./demo runs after the build: starts slapd, SMTP and rosterd in one folder, says how to use them, ends them."""
import argparse
import json
import os
import shlex
import shutil
import signal
import sys

from . import company as company_module, foreign, private_folder, processes
from .daemon import Rosterd, directory_section, mail_section
from .demo_content import CompanyContent, OwnContent
from .processes import LabError
from .slapd import Slapd
from .smtp import SmtpServer

MARK = ".rosterd-demo"  # in a folder that carries it, OWN_NAMES are the demo's own
PIDS = "pids.json"
OWN_NAMES = ("ldap", "smtp", "rosterd", "demo.json", PIDS)


def say(text=""):
    try:
        print(text, flush=True)
    except BrokenPipeError:  # `./demo --detach DIR | head` must not end what it started
        sys.stdout = open(os.devnull, "w", encoding="utf-8")


def claim_folder(folder):
    """Makes the folder ours and removes what an earlier demo left in it; other files in it stay untouched."""
    private_folder.make(folder)
    ours = marked(folder)
    if ours and running(folder):
        raise LabError(f"a demo is already running in {folder}; end it with  ./demo --stop {folder}")
    for name in OWN_NAMES:
        path = os.path.join(folder, name)
        if not os.path.lexists(path):
            continue
        if not ours:
            raise LabError(f"{path} is there and was not made by the demo; choose another folder")
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    private_folder.write(os.path.join(folder, MARK),
                         "Made by ./demo, which removes its files of an earlier run from this folder.\n")


def marked(folder):
    return os.path.lexists(os.path.join(folder, MARK))


def read_pids(folder):
    pids = private_folder.read_json(os.path.join(folder, PIDS))
    if not isinstance(pids, dict):
        return {}
    return {name: pid for name, pid in pids.items() if type(pid) is int and pid > 1}  # others are groups, or init


def running(folder):
    """{name: pid} of the processes that still run. The folder must be in their command line: pids are used again."""
    return {name: pid for name, pid in read_pids(folder).items()
            if processes.alive(pid) and folder in processes.command_line(pid)}


def stop_folder(folder):
    if not os.path.lexists(folder):
        raise LabError(f"{folder} was not made by ./demo --detach")
    private_folder.check(folder)  # before its pids are believed
    if not marked(folder):
        raise LabError(f"{folder} was not made by ./demo --detach")
    for name, pid in running(folder).items():
        processes.stop(pid, signal.SIGINT if name == "slapd" else signal.SIGTERM, 30)
    for name in (PIDS, "demo.json"):
        try:
            os.unlink(os.path.join(folder, name))
        except FileNotFoundError:
            pass


class Demo:
    def __init__(self, folder, binary, detached, ldif_file=None, base=None):
        self.folder, self.detached = folder, detached
        self.binary = binary
        self.servers = []  # in the order they were started
        self.company = None
        self.foreign = None
        self.ldif_file = ldif_file
        self.base = base or "dc=example,dc=org"

    def start(self):
        alive = {"die_with_parent": not self.detached}
        self._start_slapd(alive)
        self.smtp = SmtpServer(os.path.join(self.folder, "smtp"), **alive).start()
        self._started("smtp", self.smtp)
        self.rosterd = Rosterd(os.path.join(self.folder, "rosterd"), self.binary, **alive)
        self.rosterd.config["scim"] = [{"name": "demo"}]  # with its brake
        self._configure()
        self.rosterd.start()
        self._started("rosterd", self.rosterd)
        self.rosterd.new_token()
        say("First synchronisation of the directory ...")
        self.summary = self.rosterd.command("sync")
        if self.summary.exit != 0:
            raise LabError(f"the first sync failed:\n{self.summary.out}{self.summary.err}")
        self._write_json()

    def _started(self, name, server):
        self.servers.append(server)
        pids = {**read_pids(self.folder), name: server.process.pid}
        private_folder.write(os.path.join(self.folder, PIDS), json.dumps(pids))

    def _start_slapd(self, alive):
        ldap_dir = os.path.join(self.folder, "ldap")
        os.makedirs(ldap_dir, mode=0o700)
        if self.ldif_file:
            say(f"Loading {self.ldif_file} into a private OpenLDAP ...")
            self.foreign = foreign.Foreign(self.ldif_file, self.base, ldap_dir)
            own = OwnContent(self.foreign.entries, self.base)
            self.slapd = Slapd(ldap_dir, self.base, schemas=self.foreign.schema_files,
                               extra_schema=self.foreign.extra_schema, max_size=16 << 30, **alive)
            self.foreign.entries += own.added
            self.foreign.load(self.slapd)
            for line in self.foreign.report() + own.notes:
                say("  " + line)
            self.content = own
        else:
            say("Loading the sample company into a private OpenLDAP ...")
            self.company = company_module.make(self.base)
            self.slapd = Slapd(ldap_dir, self.base, **alive)
            self.slapd.load(self.company.ldif())
            self.content = CompanyContent(self.company)
        self.slapd.start()
        self._started("slapd", self.slapd)

    def _configure(self):
        config = self.rosterd.config
        config["directory"] = [directory_section(self.slapd, self.rosterd.folder, interval="15m",
                                                 **self.content.directory_options)]
        config.update(self.content.rules)
        config["mail"] = mail_section(self.smtp, self.rosterd.folder)

    def facts(self):
        content, rosterd = self.content, self.rosterd
        return {"scim_url": rosterd.scim_url, "scim_token": rosterd.token, "ldap_url": self.slapd.url,
                "ldap_base": self.base, "ldap_admin_dn": self.slapd.admin_dn,
                "ldap_admin_password": self.slapd.admin_password, "ldap_people_base": content.people_base,
                "example_group_dn": content.group_dn, "example_role": content.role,
                "example_project": content.project, "mail_dir": self.smtp.maildir, "config": rosterd.config_file,
                "database": rosterd.database, "rosterd": self.binary, "pid": rosterd.process.pid,
                "ldaps_url": self.slapd.tls_url, "ca_file": self.slapd.ca_file, "url": rosterd.url}

    def _write_json(self):
        private_folder.write(os.path.join(self.folder, "demo.json"),
                             json.dumps(self.facts(), indent=2, ensure_ascii=False) + "\n")

    def welcome(self):
        facts = {k: shlex.quote(v) if k in ("config", "rosterd") else v for k, v in self.facts().items()}
        ending = (f"It runs until:  ./demo --stop {shlex.quote(self.folder)}" if self.detached else
                  "It runs until Ctrl-C, which ends everything.")
        say(WELCOME.format(**facts, admin=shlex.quote(facts["ldap_admin_dn"]), folder=self.folder, join=self._join(),
                           uid=shlex.quote(self.content.candidate.uid), ending=ending))

    def _join(self):
        """LDIF, not indented: it is meant to be pasted. ldapmodify takes UTF-8 as it is."""
        return f"dn: {self.content.group_dn}\nchangetype: modify\nadd: member\nmember: {self.content.candidate.dn}"

    def stop(self):
        for server in reversed(self.servers):
            server.stop()


WELCOME = """
rosterd is ready.

  SCIM 2.0     {scim_url}
  token        {scim_token}
  LDAP         {ldap_url}   base {ldap_base}
               {ldap_admin_dn}, password {ldap_admin_password}
  mails        {mail_dir}
  config       {config}
  files, logs  {folder}

Three things to try, in another terminal:

1. An identity provider pushes a person:

curl -s {scim_url}/Users -H 'Authorization: Bearer {scim_token}' \\
  -H 'Content-Type: application/scim+json' -d '{{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.org",
  "name": {{"givenName": "Ada", "familyName": "Byron"}}, "emails": [{{"value": "ada@example.org", "type": "work"}}]}}'

2. Somebody joins a group in the directory; the role {example_role}, the project {example_project} and an invitation follow:

ldapmodify -x -H {ldap_url} -D {admin} -w {ldap_admin_password} <<'END'
{join}
END
{rosterd} sync --config {config}

3. Why does this person have that?

{rosterd} explain {uid} --config {config}

{ending}"""


def arguments():
    p = argparse.ArgumentParser(prog="./demo", allow_abbrev=False)
    p.add_argument("--checkout", required=True, help=argparse.SUPPRESS)
    p.add_argument("--binary", help=argparse.SUPPRESS)  # for the tests, which have built it elsewhere
    for name in ("--dir", "--detach", "--stop", "--ldif", "--base"):
        p.add_argument(name)
    a = p.parse_args()
    if sum(x is not None for x in (a.dir, a.detach, a.stop)) > 1:
        p.error("--dir, --detach and --stop exclude each other")
    if bool(a.ldif) != bool(a.base):
        p.error("--ldif FILE and --base DN belong together")
    if a.ldif and not os.path.isfile(a.ldif):
        p.error(f"{a.ldif}: no such file")
    return a


def wait_for_end(demo):
    """Until Ctrl-C. A server that ends by itself is named; the others go on, so that it can be started again."""
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    left = dict(zip(("slapd", "the SMTP server", "rosterd"), demo.servers))
    while True:
        got = signal.sigtimedwait(signals, 1)
        if got:
            return
        for name, server in list(left.items()):
            if server.process.poll() is not None:
                del left[name]
                say(f"{name} ended (exit {server.process.returncode}); its last words are in {server.log}")


def run(a):
    folder = private_folder.named(a.detach or a.dir or os.path.join(a.checkout, ".demo"))
    claim_folder(folder)
    demo = Demo(folder, a.binary or os.path.join(a.checkout, "build", "rosterd"), bool(a.detach), a.ldif, a.base)
    blocked = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    try:
        demo.start()
        demo.welcome()
        if a.detach:
            return 0
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
        wait_for_end(demo)
        say("\nEnding rosterd, the SMTP server and slapd ...")
    except BaseException:
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
        demo.stop()
        raise
    demo.stop()
    if not a.dir:
        shutil.rmtree(folder)
    return 0


def main():
    a = arguments()
    try:
        if a.stop:
            stop_folder(private_folder.named(a.stop))
            return 0
        return run(a)
    except LabError as e:
        print(f"./demo: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("./demo: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
