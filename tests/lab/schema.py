"""What the installed OpenLDAP schema files know, and a small extra schema for what an LDIF uses beyond them."""
import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r"'[^']*'|[()$]|[^\s()'$]+")
_DEFINITION = re.compile(r"^(attributetype|objectclass)\s*\(", re.I | re.M)
_ARC = "1.3.6.1.4.1.4203.666.11.9999"  # OpenLDAP's experimental arc: it never leaves this private server
# Operational attributes that slapd itself knows without a schema file.
_BUILT_IN = """objectClass structuralObjectClass createTimestamp modifyTimestamp creatorsName modifiersName entryUUID
entryCSN contextCSN entryDN subschemaSubentry hasSubordinates memberOf ref aliasedObjectName aliasedEntryName name
cn commonName userPassword seeAlso description uid userid uidNumber gidNumber labeledURI distinguishedName entryTtl
dynamicSubtrees superiorUUID syncreplCookie pwdAttribute pwdMinAge pwdMaxAge pwdInHistory pwdCheckQuality
pwdMinLength pwdMaxLength pwdExpireWarning pwdGraceAuthNLimit pwdGraceExpiry pwdLockout pwdLockoutDuration pwdMaxFailure
pwdFailureCountInterval pwdMustChange pwdAllowUserChange pwdSafeModify pwdMinDelay pwdMaxDelay pwdMaxIdle
pwdMaxRecordedFailure pwdChangedTime pwdAccountLockedTime pwdFailureTime pwdHistory pwdGraceUseTime pwdReset
pwdPolicySubentry pwdStartTime pwdEndTime pwdLastSuccess pwdAccountTmpLockoutEnd""".split()
_BUILT_IN_CLASSES = {"top": "ABSTRACT", "extensibleobject": "AUXILIARY", "alias": "STRUCTURAL", "referral": "STRUCTURAL",
                     "pwdpolicy": "AUXILIARY", "subentry": "STRUCTURAL", "subschema": "AUXILIARY"}
# Settings of another server product that stand on entries; they say nothing about people.
_FOREIGN_SETTING = re.compile(r"^(aci|ns(size|time|lookthrough|pagedsize|pagedlookthrough)limit|nsidletimeout|ns(cp|ds5).*|ds-.*)$", re.I)


@dataclass
class Class:
    kind: str
    superiors: list = field(default_factory=list)
    allows: set = field(default_factory=set)


@dataclass
class Schema:
    attributes: set          # every name and alias, lower case
    aliases: dict            # name → first name, lower case
    classes: dict            # lower case name → Class

    def chain(self, name):
        """The class and all its superiors."""
        seen, todo = [], [name.lower()]
        while todo:
            n = todo.pop()
            if n not in seen:
                seen.append(n)
                todo += self.classes[n].superiors if n in self.classes else []
        return seen

    def allowed(self, names):
        found = {"objectclass"}
        for name in names:
            for c in self.chain(name):
                found |= self.classes[c].allows if c in self.classes else set()
        return found

    def structural(self, names):
        """The most derived structural classes: one is right, none or several is what slapd refuses."""
        known = [n.lower() for n in names if self.classes.get(n.lower(), Class("")).kind == "STRUCTURAL"]
        return sorted({n for n in known if not any(m != n and n in self.chain(m) for m in known)})


def _definitions(text):
    text = re.sub(r"(?m)^#.*$", "", text)
    for match in _DEFINITION.finditer(text):
        depth, tokens = 0, []
        for token in _TOKEN.finditer(text, match.end() - 1):
            depth += {"(": 1, ")": -1}.get(token.group(), 0)
            tokens.append(token.group())
            if depth == 0:
                break
        yield match.group(1).lower(), tokens[1:-1]


def _list_after(tokens, keyword):
    if keyword not in tokens:
        return []
    at = tokens.index(keyword) + 1
    if tokens[at] != "(":
        return [tokens[at].strip("'").lower()]
    names = []
    for token in tokens[at + 1:]:
        if token == ")":
            break
        if token != "$":
            names.append(token.strip("'").lower())
    return names


def read(paths):
    schema = Schema({n.lower() for n in _BUILT_IN}, {"commonname": "cn", "userid": "uid"},
                    {n: Class(k) for n, k in _BUILT_IN_CLASSES.items()})
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        for kind, tokens in _definitions(text):
            names = _list_after(tokens, "NAME")
            if kind == "attributetype":
                schema.attributes |= set(names)
                schema.aliases.update({n: names[0] for n in names})
            else:
                of = next((k for k in ("ABSTRACT", "AUXILIARY") if k in tokens), "STRUCTURAL")
                entry = Class(of, _list_after(tokens, "SUP"),
                              set(_list_after(tokens, "MUST")) | set(_list_after(tokens, "MAY")))
                schema.classes.update({n: entry for n in names})
    return schema


def is_foreign_setting(name):
    return bool(_FOREIGN_SETTING.match(name))


def _attribute(number, name, values):
    """A syntax that every value seen fits: text, else octets."""
    try:
        text = all(v.decode("utf-8") and b"\0" not in v for v in values)
    except UnicodeDecodeError:
        text = False
    kind = ("EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15" if text
            else "EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40")
    return f"attributetype ( {_ARC}.1.{number} NAME '{name}' {kind} )\n"


def extra(attributes, classes, structural):
    """Schema text: `attributes` name → values, `classes` name → names it must allow, `structural` class for entries
    that have none."""
    text = "".join(_attribute(i, n, attributes[n]) for i, n in enumerate(sorted(attributes), 1))
    for i, name in enumerate(sorted(classes), 1):
        allows = " $ ".join(sorted(classes[name])) or "cn"
        text += f"objectclass ( {_ARC}.2.{i} NAME '{name}' SUP top AUXILIARY MAY ( {allows} ) )\n"
    if structural:
        text += f"objectclass ( {_ARC}.3.1 NAME '{structural}' SUP top STRUCTURAL )\n"
    return text
