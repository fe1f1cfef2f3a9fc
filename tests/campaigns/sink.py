"""An SMTP server that keeps every mail, and fails at random.

    python3 -m campaigns.sink --port N --journal FILE --faults FILE --seed N

Each mail that it takes becomes one line of JSON in the journal before the final dot is answered; `mails` reads them.
While the faults file exists, commands are delayed, refused for now, or the connection is dropped, each with a small
chance. Nothing is delayed once the text may be on its way: what a client does not hear in that time it must send
again (RFC 1047), so a delay there would count the server's slowness as the client's duplicates. Recipients that begin
with `refused` are never accepted. Plain SMTP without TLS, so that a campaign of thousands of mails costs little."""
import argparse
import asyncio
import email
import json
import os
import random
import re
import sys

LINK = re.compile(r"https?://[^/\s]+(/invitation/[A-Za-z0-9_-]+)")
# Chance of (421 or 451, dropped connection) at each step. The greeting is refused rarely: the sender then lets the
# server rest for everybody.
CHANCES = {"greeting": (0.002, 0.002), "ehlo": (0.0, 0.002), "mail": (0.01, 0.005), "rcpt": (0.02, 0.005),
           "data": (0.01, 0.005), "body": (0.0, 0.01), "dot": (0.02, 0.01)}


class Dropped(Exception):
    pass


class Sink:
    def __init__(self, journal, faults, seed):
        self.journal = open(journal, "ab", buffering=0)
        self.faults = faults
        self.random = random.Random(seed)

    async def trouble(self, step, writer):
        """True when the step was answered with a temporary refusal."""
        if not os.path.exists(self.faults):
            return False
        if step not in ("body", "dot") and self.random.random() < 0.2:
            await asyncio.sleep(self.random.uniform(0, 0.01))
        refuse, drop = CHANCES[step]
        chance = self.random.random()
        if chance < drop:
            writer.transport.abort()
            raise Dropped
        if chance < drop + refuse:
            writer.write(b"451 4.3.0 later\r\n")
            return True
        return False

    def keep(self, to, data, lost_answer):
        line = {"to": to, "lost_answer": lost_answer, "data": data.decode("latin-1")}
        self.journal.write((json.dumps(line) + "\n").encode())

    async def data(self, reader, writer, to):
        writer.write(b"354 go ahead\r\n")
        await self.trouble("body", writer)
        lines = []
        while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        if await self.trouble("dot", writer):
            return
        lost_answer = os.path.exists(self.faults) and self.random.random() < 0.01
        self.keep(to, b"".join(lines), lost_answer)
        if lost_answer:
            writer.transport.abort()
            raise Dropped
        writer.write(b"250 2.0.0 kept\r\n")

    async def session(self, reader, writer):
        if await self.trouble("greeting", writer):
            return
        writer.write(b"220 sink ESMTP\r\n")
        to = ""
        while line := await reader.readline():
            words = line.decode("utf-8", "replace").strip()
            verb = words[:4].upper()
            if verb == "QUIT":
                return writer.write(b"221 bye\r\n")
            if verb.lower() in CHANCES and await self.trouble(verb.lower(), writer):
                continue
            if verb == "RCPT":
                to = words.partition("<")[2].partition(">")[0]
                refused = to.startswith("refused")
                writer.write(b"550 5.1.1 no such user\r\n" if refused else b"250 2.1.5 ok\r\n")
            elif verb == "DATA":
                await self.data(reader, writer, to)
            else:
                writer.write(b"250 ok\r\n")

    async def serve(self, reader, writer):
        try:
            await self.session(reader, writer)
        except (Dropped, OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()


def mails(journal):
    """[{message_id (its part before the @), to, link, lost_answer: the answer was withheld on purpose}]"""
    found = []
    if not os.path.exists(journal):
        return found
    with open(journal, encoding="utf-8") as f:
        for line in f:
            kept = json.loads(line)
            message = email.message_from_string(kept["data"])
            text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
            link = LINK.search(text.get_payload(decode=True).decode("utf-8"))
            found.append({"message_id": message["Message-ID"].strip("<>").partition("@")[0], "to": kept["to"],
                          "link": link and link.group(1), "lost_answer": kept["lost_answer"]})
    return found


async def main(argv):
    p = argparse.ArgumentParser()
    p.add_argument("--port", type=int, required=True)
    p.add_argument("--journal", required=True)
    p.add_argument("--faults", required=True)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args(argv)
    sink = Sink(a.journal, a.faults, a.seed)
    server = await asyncio.start_server(sink.serve, "127.0.0.1", a.port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
