"""A private OpenLDAP server on loopback. Needs no root; everything lies in one folder."""
import os
import signal
import subprocess

from . import ports, processes, tls
from .processes import LabError

SERVICES = "o=rosterd-services"
# Accounts live in a database of their own, so that any LDIF can be loaded verbatim beside them.
ACCOUNTS = ("sync", "small", "blind")
SCHEMAS = ("core", "cosine", "inetorgperson", "nis", "misc", "openldap", "dyngroup", "java", "corba", "duaconf",
           "pmi", "collective", "msuser", "namedobject")
SCHEMA_DIR = "/etc/ldap/schema"
_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
_ENV = {**os.environ, "PATH": _PATH, "LDAPNOINIT": "1", "LC_ALL": "C.UTF-8"}

_GLOBAL = """modulepath /usr/lib/ldap
moduleload back_mdb
moduleload syncprov
moduleload memberof
moduleload refint
moduleload ppolicy
pidfile {dir}/slapd.pid
argsfile {dir}/slapd.args
sizelimit unlimited
timelimit unlimited
TLSCACertificateFile {dir}/tls/ca.crt
TLSCertificateFile {dir}/tls/server.crt
TLSCertificateKeyFile {dir}/tls/server.key
TLSVerifyClient never
"""
_DATABASE = """
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {admin_password}
directory {dir}/db
maxsize {max_size}
dbnosync
index objectClass,entryUUID,entryCSN eq
index uid,cn,mail eq
index member,uniqueMember,memberUid eq
limits dn.exact="cn=sync,{services}" size=unlimited time=unlimited
limits dn.exact="cn=small,{services}" size={small_limit} size.prtotal=hard
access to attrs=userPassword by self write by anonymous auth by * none
access to * by dn.exact="cn=blind,{services}" none by users read by anonymous auth
overlay syncprov
syncprov-checkpoint 100 5
syncprov-sessionlog 10000
overlay memberof
memberof-group-oc groupOfNames
memberof-member-ad member
memberof-memberof-ad memberOf
memberof-refint TRUE
overlay refint
refint_attributes member uniqueMember manager secretary owner
refint_nothing "cn=nobody,{services}"
overlay ppolicy
ppolicy_use_lockout
"""
_ACCOUNTS = """
database mdb
suffix "{services}"
rootdn "cn=admin,{services}"
rootpw {admin_password}
directory {dir}/db-services
maxsize 10485760
access to attrs=userPassword by anonymous auth by * none
access to * by users read by * none
"""


class Slapd:
    """start/stop/load of one server; `sync_dn` reads all, `small_dn` runs into a size limit, `blind_dn` sees nothing."""

    def __init__(self, folder, base="dc=example,dc=org", *, small_limit=20, schemas=None, extra_schema=None,
                 max_size=1 << 30, admin_password="admin", die_with_parent=True):
        self.folder = os.path.abspath(folder)
        self.base = base
        self.small_limit = small_limit
        self.schema_files = schemas or [f"{SCHEMA_DIR}/{s}.schema" for s in SCHEMAS[:4]]
        self.extra_schema = extra_schema
        self.max_size = max_size
        self.admin_dn = f"cn=admin,{base}"
        self.admin_password = admin_password
        self.die_with_parent = die_with_parent
        self.port, self.tls_port = ports.free(), ports.free()
        self.process = None
        self.log = os.path.join(self.folder, "slapd.log")
        self._prepare()

    url = property(lambda self: f"ldap://127.0.0.1:{self.port}")
    tls_url = property(lambda self: f"ldaps://127.0.0.1:{self.tls_port}")
    ca_file = property(lambda self: os.path.join(self.folder, "tls", "ca.crt"))
    sync_dn = property(lambda self: f"cn=sync,{SERVICES}")
    small_dn = property(lambda self: f"cn=small,{SERVICES}")
    blind_dn = property(lambda self: f"cn=blind,{SERVICES}")
    # The password of each of these accounts is its cn.

    @property
    def conf(self):
        return os.path.join(self.folder, "slapd.conf")

    def _prepare(self):
        for name in ("db", "db-services"):
            os.makedirs(os.path.join(self.folder, name), mode=0o700, exist_ok=True)
        tls_dir = os.path.join(self.folder, "tls")
        if not os.path.exists(os.path.join(tls_dir, "server.crt")):
            tls.make_ca(tls_dir)
            tls.make_certificate(tls_dir)
        self.write_conf()
        if not os.path.exists(os.path.join(self.folder, "db-services", "data.mdb")):
            self._slapadd(self._accounts_ldif(), SERVICES)

    def write_conf(self):
        values = dict(dir=self.folder, base=self.base, admin=self.admin_dn, admin_password=self.admin_password,
                      max_size=self.max_size, services=SERVICES, small_limit=self.small_limit)
        includes = [*self.schema_files, *([self.extra_schema] if self.extra_schema else [])]
        text = "".join(f"include {path}\n" for path in includes)
        text += _GLOBAL.format(**values) + _DATABASE.format(**values) + _ACCOUNTS.format(**values)
        with open(self.conf, "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(text)

    def _accounts_ldif(self):
        text = f"dn: {SERVICES}\nobjectClass: organization\no: {SERVICES[2:]}\n\n"
        for name in ACCOUNTS:
            text += (f"dn: cn={name},{SERVICES}\nobjectClass: organizationalRole\n"
                     f"objectClass: simpleSecurityObject\ncn: {name}\nuserPassword: {name}\n\n")
        return text.encode()

    def _slapadd(self, data, base, *options):
        run = subprocess.run(["slapadd", "-q", "-f", self.conf, "-b", base, *options], input=data, env=_ENV,
                             capture_output=True)
        if run.returncode != 0:
            raise LabError("slapadd failed:\n" + run.stderr.decode("utf-8", "replace")[-2000:])
        return run

    def load(self, ldif, *options):
        """Bulk load of LDIF text or bytes; the server must be stopped."""
        return self._slapadd(ldif.encode() if isinstance(ldif, str) else ldif, self.base, *options)

    def start(self):
        if self.process and self.process.poll() is None:
            return self
        # slapd allocates tables for every descriptor that the limit allows: a huge limit costs gigabytes.
        self.process = processes.start(
            ["slapd", "-f", self.conf, "-h", f"{self.url}/ {self.tls_url}/", "-d", "stats"], self.log,
            descriptors=4096, env=_ENV, die_with_parent=self.die_with_parent)
        ready = processes.wait_until(lambda: self.process.poll() is not None or self._answers(), 20)
        if not ready or self.process.poll() is not None:
            self.stop()
            raise LabError(f"slapd did not start on port {self.port}:\n{processes.tail(self.log)}")
        return self

    def _answers(self):
        if not ports.accepts(self.port):
            return False
        run = subprocess.run(["ldapsearch", "-x", "-LLL", "-o", "nettimeout=2", "-H", self.url, "-s", "base", "-b", "",
                              "1.1"], env=_ENV, capture_output=True)
        return run.returncode == 0

    def stop(self):
        if self.process:
            processes.stop(self.process.pid, signal.SIGINT, 30, self.process)
            self.process = None

    def pause(self):
        """The port accepts and nobody answers."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def modify(self, ldif, *, check=True):
        run = subprocess.run(["ldapmodify", "-x", "-H", self.url, "-D", self.admin_dn, "-w", self.admin_password],
                             input=ldif.encode(), env=_ENV, capture_output=True)
        if check and run.returncode != 0:
            raise LabError("ldapmodify failed: " + run.stderr.decode("utf-8", "replace"))
        return run.returncode

    def search(self, filter_text="(objectClass=*)", *attributes, base=None, scope="sub"):
        """[(dn, {attribute: [values]})], as the sync reader sees it; attribute names in lower case."""
        from . import ldif
        run = subprocess.run(["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", self.url, "-D", self.sync_dn,
                              "-w", "sync", "-b", base or self.base, "-s", scope, filter_text, *attributes],
                             env=_ENV, capture_output=True)
        if run.returncode not in (0, 32):
            raise LabError("ldapsearch failed: " + run.stderr.decode("utf-8", "replace"))
        return [(e.dn, e.by_name()) for e in ldif.parse(run.stdout).entries]
