"""HTTPS in the door: certificates, client certificates, what check-config says, and their exchange while it runs."""
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time

import pytest
import steps
from lab import ports, tls
from lab.daemon import Rosterd, find_binary
from lab.manager import ListeningSocket, Manager

CONFIGURATION = 78


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Two authorities and what they signed; tests do not change these files."""
    folder = str(tmp_path_factory.mktemp("certificates"))
    tls.make_ca(folder)
    tls.make_ca(folder, "client-ca", "lab client CA")
    tls.make_certificate(folder, "server")
    tls.make_certificate(folder, "next")
    tls.make_certificate(folder, "expired", days=-1)
    for name in ("entra", "other"):
        tls.make_certificate(folder, name, ca="client-ca", usage="clientAuth")
    return folder


@pytest.fixture
def files(certificates, tmp_path):
    """A copy of our own: `files("server.crt")` is a path."""
    folder = os.path.join(tmp_path, "tls")
    shutil.copytree(certificates, folder)
    return lambda name: os.path.join(folder, name)


@pytest.fixture
def rosterd(tmp_path_factory):
    daemon = Rosterd(str(tmp_path_factory.mktemp("d")))
    yield daemon
    daemon.stop()


def put(path, text, mode=0o600):
    """Replaces the file in one step."""
    with open(path + ".new", "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, mode)) as f:
        f.write(text)
    os.chmod(path + ".new", mode)
    os.replace(path + ".new", path)


def end_of(certificate):
    run = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-in", certificate], capture_output=True, text=True,
                         check=True)
    return run.stdout.strip().removeprefix("notAfter=")


def text_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def check(folder, http_options):
    path = os.path.join(folder, "check.toml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("[http]\nlisten = 'tls:127.0.0.1:8443'\n" + "".join(f"{k} = '{v}'\n" for k, v in http_options.items()))
    run = subprocess.run([find_binary(), "check-config", "--config", path], capture_output=True, text=True, timeout=20)
    return run.returncode, run.stdout + run.stderr


def presented(rosterd):
    """The fingerprint of the certificate that a new connection gets."""
    with contextlib.closing(rosterd.connect()) as connection:
        connection.connect()
        return connection.sock.getpeercert(binary_form=True)


def der(path):
    return ssl.PEM_cert_to_DER_cert(text_of(path))


@pytest.mark.parametrize("change, sentence", [
    ({"tls_certificate_file": "no.crt"}, 'cannot open "{}": No such file or directory'),
    ({"tls_certificate_file": "server.key"}, '"{}": there is no certificate in PEM form in it'),
    ({"tls_key_file": "no.key"}, 'cannot open "{}": No such file or directory'),
    ({"tls_key_file": "next.key"}, "the key does not belong to the certificate"),
    ({"tls_key_file": "server.crt"}, "the key there is no private key in PEM form in it"),
    ({"client_certificates": "request", "client_ca_file": "no.crt"}, 'cannot open "{}": No such file or directory'),
    ({"client_certificates": "request", "client_ca_file": "server.key"}, '"{}": there is no certificate'),
])
def test_check_config_says_what_is_wrong(files, tmp_path, change, sentence):
    options = {"tls_certificate_file": files("server.crt"), "tls_key_file": files("server.key")}
    assert check(tmp_path, options) == (0, os.path.join(tmp_path, "check.toml") + " is fine\n")
    os.chmod(files("server.crt"), 0o600)  # as a key must be, so that only its content is wrong
    named = [files(name) for name in change.values() if name.count(".")]
    code, out = check(tmp_path, {**options, **{k: files(v) if v.count(".") else v for k, v in change.items()}})
    assert code == CONFIGURATION and sentence.format(*named) in out, out
    assert "http." + [k for k, v in change.items() if v.count(".")][0].removesuffix("_key_file") in out, out
    assert "PRIVATE" not in out


def test_a_key_that_others_can_read_is_refused(files, tmp_path):
    os.chmod(files("server.key"), 0o640)
    code, out = check(tmp_path, {"tls_certificate_file": files("server.crt"), "tls_key_file": files("server.key")})
    assert code == CONFIGURATION and "can be used by its group or by others" in out, out


def test_an_expired_certificate_is_a_warning(files, tmp_path):
    code, out = check(tmp_path, {"tls_certificate_file": files("expired.crt"), "tls_key_file": files("expired.key")})
    assert code == 0 and "the certificate has expired on 20" in out and "(warning)" in out, out


def test_a_broken_file_keeps_the_daemon_from_starting(rosterd, files):
    rosterd.use_tls(files("server.crt"), files("next.key"), files("ca.crt"))
    rosterd.write_config()
    rosterd.launch()
    assert rosterd.process.wait(30) == CONFIGURATION
    assert "http.tls_key: the key does not belong to the certificate" in rosterd.log_text()


def test_scim_over_tls_with_a_client_certificate(rosterd, files):
    rosterd.use_tls(files("server.crt"), files("server.key"), files("ca.crt"), client_certificates="request",
                    client_ca_file=files("client-ca.crt"))
    rosterd.config["scim"] = [{"name": "demo", "client_certificate": [tls.fingerprint(files("entra.crt"))]},
                              {"name": "free"}]
    rosterd.config["log"] = {"level": "debug"}
    rosterd.start()
    demo, free = rosterd.new_token(), rosterd.new_token("free", "scim:free")

    def get(token, certificate=None):
        rosterd.tls = ssl.create_default_context(cafile=files("ca.crt"))
        if certificate:
            rosterd.tls.load_cert_chain(files(certificate + ".crt"), files(certificate + ".key"))
        rosterd.token = token
        return rosterd.scim("GET", "/Users")

    assert get(demo, "entra").status == 200
    assert get(free).status == 200 and get(free, "other").status == 200
    for answer in (get(demo), get(demo, "other")):
        assert answer.status == 401 and answer.headers["content-type"] == "application/scim+json", answer
        assert answer.json()["status"] == "401" and "certificate" in answer.json()["detail"], answer
    assert get("wrong", "entra").status == 401, "the certificate alone opens nothing"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        get(demo, "server")  # of an authority that signs no clients
    known = tls.fingerprint(files("entra.crt")).replace(":", "").lower().replace("sha256", "sha256:")
    steps.eventually(lambda: f"certificate={known} " in rosterd.log_text(), what="the fingerprint in the log")
    steps.eventually(lambda: "tls_failed" in rosterd.log_text(), what="the failed handshake in the log")
    assert demo not in rosterd.log_text()


def test_a_reload_exchanges_the_certificate_and_refuses_a_broken_one(rosterd, files):
    rosterd.use_tls(files("server.crt"), files("server.key"), files("ca.crt"))
    with Manager(rosterd) as manager:
        number, _, _ = manager.start()
        first, second = der(files("server.crt")), der(files("next.crt"))
        assert presented(rosterd) == first
        kept = rosterd.connect()
        kept.request("GET", "/healthz")
        assert kept.getresponse().read() is not None

        def reload():
            nonlocal number
            rosterd.reload()
            number, _, _ = manager.wait(lambda m: "RELOADING" in m, since=number + 1)
            number, _, ready = manager.wait(lambda m: "READY" in m, since=number + 1)
            return "refused" not in ready["STATUS"]

        good_key = text_of(files("server.key"))
        put(files("server.key"), text_of(files("next.key")))
        assert not reload() and "http.tls_key: the key does not belong to the certificate" in rosterd.log_text()
        assert presented(rosterd) == first
        put(files("server.crt"), text_of(files("next.crt"))[:300])
        assert not reload() and presented(rosterd) == first
        put(files("server.crt"), text_of(files("next.crt")))
        assert reload() and presented(rosterd) == second
        assert kept.sock.getpeercert(binary_form=True) == first
        kept.request("GET", "/healthz")
        last = kept.getresponse()
        assert last.status == 200 and last.headers["Connection"] == "close", "it ends, but with an answer"
        os.chmod(files("server.key"), 0o644)
        assert not reload() and presented(rosterd) == second
        assert good_key.splitlines()[1] not in rosterd.log_text()
        assert "the last reload was refused at 2" in rosterd.command("doctor").out
        os.chmod(files("server.key"), 0o600)
        assert reload() and "the last reload was refused" not in rosterd.command("doctor").out


@pytest.mark.parametrize("name, good", [("server", True), ("expired", False)])
def test_doctor_readiness_and_metrics_tell_when_the_certificate_ends(rosterd, files, name, good):
    rosterd.use_tls(files(name + ".crt"), files(name + ".key"), files("ca.crt"))
    rosterd.tls.check_hostname, rosterd.tls.verify_mode = False, ssl.CERT_NONE

    def tells():
        ran = rosterd.command("doctor", "--json")
        return [(f["good"], f["text"]) for f in json.loads(ran.out) if f["subject"] == "TLS"]

    rosterd.write_config()
    end = ssl.cert_time_to_seconds(end_of(files(name + ".crt")))
    text = ("the certificate expires on " if good else "the certificate has expired on ") + time.strftime("%Y-%m-%d", time.gmtime(end))
    assert tells() == [(good, text)], "as the next start would find it"
    rosterd.start()
    assert tells() == [(good, text)]
    ready = rosterd.get("/readyz")
    assert ready.status == 200 and {"subject": "TLS", "good": True, "text": text} in ready.json()["checks"]
    metric = re.search(rb"(?m)^rosterd_tls_certificate_expiry_seconds (\S+)$", rosterd.get("/metrics").body)
    assert float(metric.group(1)) == end


def test_plain_and_tls_side_by_side(rosterd, files):
    plain, path = rosterd.port, os.path.join(rosterd.folder, "http.sock")
    rosterd.port = ports.free()
    rosterd.use_tls(files("server.crt"), files("server.key"), files("ca.crt"))
    rosterd.config["http"]["listen"] += [f"127.0.0.1:{plain}", f"tls:[::1]:{rosterd.port}", f"unix:{path}"]
    rosterd.start()
    assert rosterd.get("/healthz").status == 200
    connection = http.client.HTTPConnection("127.0.0.1", plain, timeout=20)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    six = http.client.HTTPSConnection("::1", rosterd.port, timeout=20, context=ssl._create_unverified_context())
    six.request("GET", "/healthz")
    assert six.getresponse().status == 200
    assert os.stat(path).st_mode & 0o777 == 0o660, "for the daemon's group, not for every local user"
    with socket.socket(socket.AF_UNIX) as local:
        local.connect(path)
        local.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert local.recv(100).startswith(b"HTTP/1.1 200")
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", rosterd.port, timeout=20)) as wrong:
        with pytest.raises((http.client.HTTPException, OSError)):
            wrong.request("GET", "/healthz")
            wrong.getresponse()


def test_a_socket_named_https_speaks_tls(rosterd, files):
    rosterd.use_tls(files("server.crt"), files("server.key"), files("ca.crt"))
    rosterd.config["http"]["listen"] = ["127.0.0.1:1"]  # replaced by the sockets
    with contextlib.closing(ListeningSocket("http").pass_to(rosterd)) as plain, \
            contextlib.closing(ListeningSocket("https").pass_to(rosterd)) as secure, Manager(rosterd) as manager:
        _, _, ready = manager.start()
        assert f"tls:127.0.0.1:{secure.port}" in ready["STATUS"] and f" 127.0.0.1:{plain.port}" in ready["STATUS"], ready
        assert rosterd.get("/healthz").status == 200
        rosterd.port, rosterd.tls = plain.port, None
        assert rosterd.get("/healthz").status == 200


@pytest.mark.parametrize("name, sentence", [
    ("rosterd.socket", 'passes a socket named "rosterd.socket"; set FileDescriptorName=http'),
    ("https", 'passes a socket named "https", which needs http.tls_certificate_file'),
])
def test_a_socket_of_a_wrong_name_is_refused(rosterd, name, sentence):
    with contextlib.closing(ListeningSocket(name).pass_to(rosterd)):
        rosterd.write_config()
        rosterd.launch()
        assert rosterd.process.wait(30) == CONFIGURATION
        assert sentence in rosterd.log_text().replace('\\"', '"'), rosterd.log_text()


def test_a_descriptor_that_does_not_listen_is_refused(rosterd):
    with contextlib.closing(ListeningSocket("http")) as listening, socket.socket(socket.AF_INET) as idle:
        listening.socket.close()
        listening.socket = idle.dup()
        listening.pass_to(rosterd)
        rosterd.write_config()
        rosterd.launch()
        assert rosterd.process.wait(30) != 0
        assert "is not a listening socket" in rosterd.log_text()
