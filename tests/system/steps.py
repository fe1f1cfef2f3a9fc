"""What several system tests do or ask."""
import re
import sqlite3

from lab import ldif, processes


def eventually(condition, timeout=20, what="the condition"):
    """Its first true value; fails at the deadline."""
    value = processes.wait_until(condition, timeout)
    assert value, f"{what} did not come true within {timeout} s"
    return value


def change_group(slapd, group_dn, what, attribute, value):
    """what: add or delete."""
    slapd.modify(ldif.line("dn", group_dn) + f"changetype: modify\n{what}: {attribute}\n" + ldif.line(attribute, value))


def join(slapd, group_dn, person_dn):
    change_group(slapd, group_dn, "add", "member", person_dn)


def leave(slapd, group_dn, person_dn):
    change_group(slapd, group_dn, "delete", "member", person_dn)


def delete(slapd, *dns):
    slapd.modify("".join(ldif.line("dn", dn) + "changetype: delete\n\n" for dn in dns))


def explain(rosterd, person):
    return rosterd.ok("explain", person)


def in_step(rosterd):
    """`sync --check` finds nothing to do."""
    ran = rosterd.command("sync", "--check")
    assert ran.exit == 0, f"exit {ran.exit}\n{ran.out}{ran.err}"


def active_people(rosterd):
    return {u["user_name"] for u in rosterd.ok("user", "list") if u["active"]}


def mails_to(lab, person, number=1, timeout=20):
    """Waits for that many mails to a person."""
    return eventually(lambda: len(lab.smtp.messages(person.mail)) >= number and lab.smtp.messages(person.mail), timeout,
                      f"{number} mail(s) to {person.mail}")


def link_of(message):
    """Path of the invitation's link, from the text part."""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            text = part.get_payload(decode=True).decode("utf-8")
            return re.search(r"https?://[^/\s]+(/invitation/[A-Za-z0-9_-]+)", text).group(1)
    raise AssertionError("no text part")


def accept(rosterd, path, password):
    from urllib.parse import urlencode
    return rosterd.request("POST", path, urlencode({"password": password, "again": password}),
                           {"Content-Type": "application/x-www-form-urlencoded"})


def sign_in(rosterd, name, password):
    return rosterd.post("/api/v1/authenticate", {"user_name": name, "password": password})


def session(rosterd, secret):
    return rosterd.get("/api/v1/session", headers={"Authorization": f"Bearer {secret}"}).status


def query(rosterd, sql, *values):
    """The application's door: a read-only connection to the documented views."""
    connection = sqlite3.connect(f"file:{rosterd.database}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()
