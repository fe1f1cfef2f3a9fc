"""A private certificate authority and server certificates, made by openssl."""
import os
import socket
import subprocess

_EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
# libldap turns "localhost" into the host's name, so a good certificate carries both.


def _names():
    return f"DNS:localhost,DNS:{socket.gethostname()},IP:127.0.0.1"


def _openssl(*argv):
    subprocess.run(["openssl", *argv], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def make_ca(folder, name="ca", common_name="rosterd lab CA"):
    os.makedirs(folder, mode=0o700, exist_ok=True)
    base = os.path.join(folder, name)
    _openssl("req", "-x509", *_EC, "-days", "3650", "-subj", f"/CN={common_name}", "-keyout", base + ".key",
             "-out", base + ".crt", "-addext", "basicConstraints=critical,CA:TRUE",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    return base + ".crt"


def fingerprint(certificate):
    """As `client_certificate` of a [[scim]] connection takes it."""
    run = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", certificate], check=True,
                         capture_output=True, text=True)
    return "sha256:" + run.stdout.strip().partition("=")[2]


def make_certificate(folder, name="server", ca="ca", names=None, usage="serverAuth", days=3650):
    """folder/name.crt and .key, signed by folder/ca. days=-1: expired since yesterday."""
    base, signer = os.path.join(folder, name), os.path.join(folder, ca)
    _openssl("req", *_EC, "-subj", f"/CN={name}", "-keyout", base + ".key", "-out", base + ".csr")
    extensions = base + ".ext"
    with open(extensions, "w", encoding="utf-8") as f:
        f.write(f"subjectAltName={names or _names()}\nextendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n")
    _openssl("x509", "-req", "-in", base + ".csr", "-CA", signer + ".crt", "-CAkey", signer + ".key",
             "-CAcreateserial", "-days", str(days), "-extfile", extensions, "-out", base + ".crt")
    os.unlink(base + ".csr")
    os.unlink(extensions)
    return base + ".crt", base + ".key"
