"""Everything together: sample company in slapd, SMTP server, rosterd. What most system tests start from."""
import os
import shutil
import tempfile

from . import company as company_module
from .daemon import Rosterd, company_rules, directory_section, mail_section
from .slapd import Slapd
from .smtp import SmtpServer


class Sample:
    """with Sample() as s: s.company, s.slapd, s.smtp, s.rosterd. The first sync is done unless sync=False."""

    def __init__(self, *, people=100, clients=8, sync=True, smtp=True, directory=None, config=None, small_limit=20):
        # Short, because the control socket's path has 107 bytes.
        self.folder = tempfile.mkdtemp(prefix="rosterd-")
        self.slapd = self.smtp = self.rosterd = None
        try:
            self.company = company_module.make(people=people, clients=clients)
            self.slapd = Slapd(os.path.join(self.folder, "ldap"), self.company.base, small_limit=small_limit)
            self.slapd.load(self.company.ldif())
            self.slapd.start()
            self.rosterd = Rosterd(os.path.join(self.folder, "rosterd"))
            self.rosterd.config["directory"] = [
                directory_section(self.slapd, self.rosterd.folder, **(directory or {}))]
            self.rosterd.config.update(company_rules(self.company.base))
            if smtp:
                self.smtp = SmtpServer(os.path.join(self.folder, "smtp")).start()
                self.rosterd.config["mail"] = mail_section(self.smtp, self.rosterd.folder, retry_first="100ms")
            for section, options in (config or {}).items():
                if isinstance(options, list):
                    self.rosterd.config[section] = options
                else:
                    self.rosterd.config.setdefault(section, {}).update(options)
            self.rosterd.start()
            self.rosterd.new_token()
            if sync:
                self.rosterd.ok("sync")
        except BaseException:
            self.close()
            raise

    def close(self):
        for server in (self.rosterd, self.smtp, self.slapd):
            if server:
                server.stop()
        if os.environ.get("ROSTERD_KEEP"):
            print("kept:", self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def free_person(self, number=0):
        """Somebody active with an ordinary DN who is in no group."""
        taken = {v.decode() for e in self.company.entries for a, v in e.attributes if a in ("member", "uniqueMember")}
        taken |= {v.decode() for e in self.company.entries for a, v in e.attributes if a == "memberUid"}
        return [p for p in self.company.people if p.state == "active" and p.dn not in taken and p.uid not in taken
                and p.dn.startswith("uid=") and "+" not in p.dn][number]
