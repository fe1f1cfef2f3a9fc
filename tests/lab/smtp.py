"""A private SMTP server with STARTTLS and AUTH that keeps every mail in a Maildir.

    python3 -m lab.smtp --port N --maildir DIR --cert FILE --key FILE [--faults FILE]

The faults file, when it exists, is read for each command that it may change: "rcpt 550 5.1.1 no such user" answers
RCPT so, "data 451 4.3.0 later" answers DATA so, LINK in it being the mail's own link; "drop" closes the connection at DATA,
"drop-after-dot" when the mail was kept; "hang" never answers the final dot, "hang ADDRESS" that of mails to this address;
"slow SECONDS" answers it late."""
import argparse
import asyncio
import email
import email.policy
import mailbox
import os
import re
import signal
import ssl
import sys

from . import ports, processes, tls
from .processes import LabError

USER, PASSWORD = "rosterd", "demo-smtp-password"


def _fault(path, command):
    try:
        with open(path, encoding="utf-8") as f:
            for line in f:
                word, _, answer = line.strip().partition(" ")
                if word == command:
                    return answer or "yes"
    except (OSError, TypeError):
        pass
    return None


def _link(content):
    text = email.message_from_bytes(content, policy=email.policy.default).get_body(("plain",)).get_content()
    found = re.search(r"https?://\S+", text)
    return found.group() if found else ""


class _Handler:
    def __init__(self, box, faults):
        self.box, self.faults = box, faults

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = _fault(self.faults, "rcpt")
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        if _fault(self.faults, "hang") in ("yes", *envelope.rcpt_tos):
            await asyncio.sleep(3600)
        await asyncio.sleep(float(_fault(self.faults, "slow") or 0))
        if _fault(self.faults, "drop"):
            server.transport.abort()
            return "421 4.4.2 bye"
        answer = _fault(self.faults, "data")
        if answer:
            return answer.replace("LINK", _link(envelope.original_content))
        message = mailbox.MaildirMessage(envelope.original_content)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        message["X-Envelope-From"] = envelope.mail_from or "<>"
        message["X-Received-TLS"] = "yes" if session.ssl else "no"
        message["X-Received-Auth"] = "yes" if session.authenticated else "no"
        self.box.add(message)
        if _fault(self.faults, "drop-after-dot"):
            server.transport.abort()
        return "250 2.0.0 stored"


def _serve(argv):
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult, LoginPassword

    p = argparse.ArgumentParser()
    p.add_argument("--port", type=int, required=True)
    for name in ("maildir", "cert", "key"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--faults")
    a = p.parse_args(argv)
    box = mailbox.Maildir(a.maildir, create=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(a.cert, a.key)

    def authenticate(server, session, envelope, mechanism, data):
        good = (isinstance(data, LoginPassword) and data.login == USER.encode() and data.password == PASSWORD.encode())
        return AuthResult(success=good, handled=good)

    controller = Controller(_Handler(box, a.faults), hostname="127.0.0.1", port=a.port, tls_context=context,
                            authenticator=authenticate, auth_require_tls=True, enable_SMTPUTF8=True,
                            data_size_limit=50_000_000)
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    controller.start()
    signal.sigwait(signals)
    os._exit(0)  # open connections end with the process


class SmtpServer:
    """start/stop, messages(); user and password are USER and PASSWORD."""

    def __init__(self, folder, *, die_with_parent=True):
        self.folder = os.path.abspath(folder)
        self.die_with_parent = die_with_parent
        self.maildir = os.path.join(self.folder, "mail")
        self.log = os.path.join(self.folder, "smtp.log")
        self.faults_file = os.path.join(self.folder, "faults")
        self.process = None
        self.port = ports.free()
        tls_dir = os.path.join(self.folder, "tls")
        self.ca_file = tls.make_ca(tls_dir)
        self.certificate, self.key = tls.make_certificate(tls_dir)

    def start(self):
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        env = {**os.environ, "PYTHONPATH": here, "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = processes.start(
            ["/usr/bin/python3", "-m", "lab.smtp", "--port", str(self.port), "--maildir", self.maildir,
             "--cert", self.certificate, "--key", self.key, "--faults", self.faults_file],
            self.log, env=env, die_with_parent=self.die_with_parent)
        ready = processes.wait_until(lambda: self.process.poll() is not None or ports.accepts(self.port), 20)
        if not ready or self.process.poll() is not None:
            raise LabError(f"the SMTP server did not start:\n{processes.tail(self.log)}")
        return self

    def stop(self):
        if self.process:
            processes.stop(self.process.pid, process=self.process)
            self.process = None

    def faults(self, *lines):
        """No argument: healthy again."""
        temporary = self.faults_file + ".new"
        with open(temporary, "w", encoding="utf-8") as f:
            f.writelines(line + "\n" for line in lines)
        os.replace(temporary, self.faults_file)

    def messages(self, to=None):
        """email.message.Message objects, those to one envelope address if given."""
        if not os.path.isdir(self.maildir):
            return []
        box = mailbox.Maildir(self.maildir, create=False)
        found = [box[key] for key in sorted(box.keys())]
        return [m for m in found if to is None or to.lower() in m["X-Envelope-To"].lower()]


if __name__ == "__main__":
    sys.exit(_serve(sys.argv[1:]))
