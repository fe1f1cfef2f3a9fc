"""A real SMTP server for the mail tests: keeps mails in a Maildir and misbehaves on command.

Started as `smtp_server.py MAILDIR GOOD_CERT GOOD_KEY OTHER_CERT OTHER_KEY`; prints
`READY plain starttls smtps other` with the ports of four listeners on 127.0.0.1 (`other` is STARTTLS with a
certificate of another name). Then one command per line on stdin, one answer per line on stdout:

  fault STEP ACTION   STEP: greeting ehlo starttls tls-ehlo auth mail rcpt data body dot; body is after "354", the mail
                      is not kept; dot is after the mail was kept, unless ACTION is a code
                      ACTION: a code, drop (reset), close, half (of a line, then close), hang, drip, garbage, longline,
                      mixed (a multi-line answer of two codes), endless, inject, silent, echo,
                      say ANSWER (| ends a line); the answer to the final dot is STEP said-dot
  extensions LIST     comma separated EHLO lines to offer beside STARTTLS and AUTH; `-STARTTLS`, `-AUTH`, `login` change those
  clear               no faults, forget log and mails
  log                 what clients did, separated by |
  count               number of kept mails
  last FIELD          base64 of a field of the last mail: raw text html defects mail_from rcpt_to or a header name
It ends when stdin ends.
"""
import asyncio
import base64
import email
import email.policy
import logging
import mailbox
import os
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
FAULTS = {}
LOG = []
MAILS = []
EXTENSIONS = []
USER, PASSWORD = b"mailer", b"correct horse"


class Gone(Exception):
    pass


class Server(SMTP):
    @property
    def channel(self):
        return "clear" if self.transport.get_extra_info("sslcontext") is None else "tls"

    async def misbehave(self, step):
        """Plays the fault of this step; returns True when it has answered in place of the server."""
        action = FAULTS.get(step)
        if action is None:
            return False
        if action.isdigit():
            await self.push(f"{action} {action[0]}.0.0 scripted at {step}")
            return True
        if action.startswith("say "):
            for line in action[4:].split("|"):
                await self.push(line)
            return True
        if action == "drop":
            self.transport.abort()
        elif action == "close":
            self.transport.close()
        elif action == "half":
            self.transport.write(b"250 2.0")
            self.transport.close()
        elif action == "drip":
            while not self.transport.is_closing():
                self.transport.write(b"2")
                await asyncio.sleep(0.05)
        elif action == "garbage":
            await self.push("hello, this is no SMTP")
            return True
        elif action == "longline":
            self.transport.write(b"250 " + b"x" * 3000 + b"\r\n")
        elif action == "mixed":
            self.transport.write(b"250-first\r\n354 second\r\n")
        elif action == "endless":
            while not self.transport.is_closing():
                self.transport.write(b"250-more\r\n" * 50)
                await asyncio.sleep(0.01)
        elif action == "echo":
            await self.push(f"535 5.7.8 bad password {PASSWORD.decode()}")
            return True
        await asyncio.sleep(3600)

    async def _handle_client(self):
        LOG.append("connect")
        if self.channel == "clear" or not self.session.host_name:
            if await self.misbehave("greeting"):
                self.transport.close()
                return
        await super()._handle_client()

    async def push(self, status):
        if isinstance(status, bytes):
            status = status.decode()
        # aiosmtpd offers AUTH itself; the tests decide what is offered.
        if status.startswith("250-AUTH") or status.startswith("250 AUTH"):
            if "-AUTH" in EXTENSIONS:
                return
            status = status[:4] + ("AUTH LOGIN" if "login" in EXTENSIONS else "AUTH PLAIN LOGIN")
        if "STARTTLS" in status and status.startswith("250") and "-STARTTLS" in EXTENSIONS:
            return
        await super().push(status)
        if status.startswith("354") and "body" in FAULTS:
            await self.misbehave("body")

    async def smtp_EHLO(self, hostname):
        LOG.append(f"EHLO {hostname}")
        if await self.misbehave("ehlo" if self.channel == "clear" else "tls-ehlo"):
            return
        await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg):
        LOG.append("STARTTLS")
        if FAULTS.get("starttls") == "inject":
            self.transport.write(b"220 go ahead\r\n250-injected\r\n250 AUTH PLAIN\r\n")
            await asyncio.sleep(3600)
        if FAULTS.get("starttls") == "silent":
            await self.push("220 go ahead")
            await asyncio.sleep(3600)
        if await self.misbehave("starttls"):
            return
        await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg):
        LOG.append(f"AUTH {arg.split()[0]} {self.channel}")
        if await self.misbehave("auth"):
            return
        await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg):
        LOG.append(f"MAIL {arg}")
        if await self.misbehave("mail"):
            return
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):
        LOG.append(f"RCPT {arg}")
        if await self.misbehave("rcpt"):
            return
        await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg):
        LOG.append("DATA")
        if await self.misbehave("data"):
            return
        await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg):
        LOG.append("QUIT")
        await super().smtp_QUIT(arg)


class Handler:
    def __init__(self, maildir):
        self.maildir = mailbox.Maildir(maildir, create=True)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        extra = [f"250-{line}" for line in EXTENSIONS if line not in ("-STARTTLS", "-AUTH", "login")]
        return responses[:-1] + extra + responses[-1:]

    async def handle_DATA(self, server, session, envelope):
        LOG.append(f"dot {server.channel}")
        raw = envelope.original_content
        action = FAULTS.get("dot")
        if action is None or not action.isdigit():
            MAILS.append((envelope.mail_from, envelope.rcpt_tos, raw))
            self.maildir.add(raw)
        if action and action.isdigit():
            return f"{action} {action[0]}.0.0 scripted at dot"
        if "said-dot" in FAULTS:
            return FAULTS["said-dot"][4:].replace("|", "\r\n")
        if action:
            await server.misbehave("dot")
        return "250 2.0.0 kept"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data.login == USER and data.password == PASSWORD
    return AuthResult(success=good, handled=False)


def field(name):
    mail_from, rcpt_tos, raw = MAILS[-1]
    message = email.message_from_bytes(raw, policy=email.policy.default)
    if name == "raw":
        return raw
    if name == "mail_from":
        return mail_from.encode()
    if name == "rcpt_to":
        return ",".join(rcpt_tos).encode()
    if name == "defects":
        found = [type(d).__name__ for part in message.walk() for d in part.defects]
        found += [type(d).__name__ for value in message.values() for d in getattr(value, "defects", ())]
        return ",".join(found).encode()
    if name in ("text", "html"):
        part = message.get_body((("plain",) if name == "text" else ("html",)))
        return part.get_content().replace("\r\n", "\n").encode()
    return "\n".join(str(value) for value in message.get_all(name, [])).encode()


def answer(line):
    words = line.split()
    if words[0] == "fault":
        FAULTS[words[1]] = " ".join(words[2:])
    elif words[0] == "extensions":
        EXTENSIONS[:] = [e.replace("_", " ") for e in words[1].split(",")] if len(words) > 1 else []
    elif words[0] == "clear":
        FAULTS.clear(), LOG.clear(), MAILS.clear(), EXTENSIONS.clear()
    elif words[0] == "log":
        return "|".join(LOG)
    elif words[0] == "count":
        return str(len(MAILS))
    elif words[0] == "last":
        return base64.b64encode(field(words[1])).decode()
    return "OK"


def context(cert, key):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(cert, key)
    return made


async def main():
    maildir, good_cert, good_key, other_cert, other_key = sys.argv[1:]
    loop = asyncio.get_running_loop()
    handler = Handler(maildir)
    good, other = context(good_cert, good_key), context(other_cert, other_key)
    common = dict(authenticator=authenticate, hostname="test", timeout=3600)
    listeners = [
        (lambda: Server(handler, auth_require_tls=False, **common), None),
        (lambda: Server(handler, tls_context=good, **common), None),
        (lambda: Server(handler, auth_require_tls=False, **common), good),
        (lambda: Server(handler, tls_context=other, **common), None),
    ]
    servers = [await loop.create_server(make, "127.0.0.1", 0, ssl=tls) for make, tls in listeners]
    print("READY", *[s.sockets[0].getsockname()[1] for s in servers], flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().strip():
        print(answer(line), flush=True)


loop = asyncio.new_event_loop()
loop.set_exception_handler(lambda *_: None)
loop.run_until_complete(main())
sys.stdout.flush()
os._exit(0)  # hanging sessions are not waited for
