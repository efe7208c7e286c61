"""TLS to a pinned address: the certificate must be that of the name, not of the number."""

import re
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from caty.lib import http
from caty.lib.http import OutboundFailed


@pytest.fixture
def secure_port(tmp_path, monkeypatch, settings):
    """The port of a local server with a trusted certificate for hooks.example, which is also its name."""
    certificate = make_certificate(tmp_path / "server.pem", "hooks.example")
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **kwargs: look_up("127.0.0.1", *args, **kwargs))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        settings.OUTBOUND_ALLOW = [f"hooks.example:{port}", f"other.example:{port}"]
        thread = threading.Thread(target=answer_once, args=(listener, context), daemon=True)
        thread.start()
        yield port
        thread.join(timeout=5)


def make_certificate(path, name: str):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(encoding, form, serialization.NoEncryption()) + certificate.public_bytes(encoding)
    )
    return path


def answer_once(listener, context) -> None:
    connection, _ = listener.accept()
    try:
        with context.wrap_socket(connection, server_side=True) as secured:
            host = re.search(rb"Host: (.*)\r\n", secured.recv(65536))[1]
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(host), host))
    except (OSError, TypeError):  # the client has gone before it asked
        connection.close()


def test_the_certificate_of_the_name_is_accepted(secure_port):
    answer = http.request("GET", f"https://hooks.example:{secure_port}/")

    assert (answer.status, answer.body) == (200, f"hooks.example:{secure_port}".encode())


def test_the_certificate_of_another_name_is_refused(secure_port):
    with pytest.raises(OutboundFailed) as failed:
        http.request("GET", f"https://other.example:{secure_port}/")

    assert (failed.value.reason, failed.value.is_ambiguous) == ("tls", False)
