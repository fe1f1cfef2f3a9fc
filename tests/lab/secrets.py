"""Looking for secrets where they must not be: each in every form in which a program might write it down."""
import base64
import binascii
import json
import urllib.parse


def forms(secret):
    """The secret as bytes, base64 (all three alignments), hex, percent-encoded, JSON- and backslash-escaped."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    found = {raw, binascii.hexlify(raw), binascii.hexlify(raw).upper(), urllib.parse.quote_from_bytes(raw, "").encode()}
    for shift in range(3):
        # Inside a longer text only the middle of its base64 is always the same.
        coded = base64.b64encode(b"\0" * shift + raw)
        coded = coded.rstrip(b"=")
        inner = coded[(0, 2, 3)[shift]:len(coded) - (0 if (shift + len(raw)) % 3 == 0 else 1)]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    found.add(b" ".join(b"%02x" % byte for byte in raw))
    if not isinstance(secret, bytes):
        found.add(json.dumps(secret)[1:-1].encode())
        found.add(repr(secret)[1:-1].encode())
    return {form for form in found if len(form) >= 8}


def find(secrets, text):
    """Names of the secrets (a dict) that stand somewhere in text (bytes), in whatever form."""
    return sorted(name for name, secret in secrets.items() if any(form in text for form in forms(secret)))


def find_in_file(secrets, path):
    with open(path, "rb") as f:
        return find(secrets, f.read())
