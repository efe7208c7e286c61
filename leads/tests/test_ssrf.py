"""A shop's connection is no way into the network behind Caty: by the connector, and by the form and its test button.

The resolver and the connecting are stand-ins at the edge: they tell what was looked up and called.
"""

import socket

import pytest
from pydantic import ValidationError

from leads.connectors import get_connector
from leads.connectors.base import Misconfigured, OutgoingMessage, TryLater
from leads.connectors.webhook import WebhookSecrets, WebhookSettings, new_signing_secret
from leads.models import Connection
from leads.tests.conftest import NOON, make_connection
from leads.tests.receiver import Answer

PUBLIC, SECRET = "93.184.215.14", new_signing_secret()
NAMES = {
    "public.example": [PUBLIC],
    "private.example": ["10.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "both.example": [PUBLIC, "10.0.0.1"],
    "both-turned.example": ["10.0.0.1", PUBLIC],
    "mapped.example": ["::ffff:10.0.0.1"],
    "nat64.example": ["64:ff9b::a00:1"],
}
PRIVATE = [
    # every way to write 127.0.0.1
    "127.0.0.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "017700000001",
    "0177.0.0.01",
    "127.1",
    "127.0.1",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "１２７.０.０.１",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "ｌｏｃａｌｈｏｓｔ",
    "%31%32%37.0.0.1",
    "0.0.0.0",  # noqa: S104
    "0",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    # other networks of somebody's own
    "169.254.169.254",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[fd00:ec2::254]",
    "10.0.0.1",
    "012.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "[fec0::1]",
    "[fe80::1]",
    "[ff02::1]",
    # names
    "private.example",
    "private.example.",
    "metadata.example",
    "both.example",
    "both-turned.example",
    "mapped.example",
    "nat64.example",
]
SPELLINGS = [
    *[f"https://{host}/hook" for host in PRIVATE],
    "https://127.0.0.1:8443/hook",
    "https://public.example:22/hook",
    "https://public.example:6379/hook",
    "http://public.example/hook",
    "https://public.example@127.0.0.1/hook",
    "https://user:password@public.example/hook",
    "https://127.0.0.1\\@public.example/hook",
    "https://public.example\\@127.0.0.1/hook",
    "https://public.example?@127.0.0.1/ x",
    "https://[::1%25eth0]/hook",
    "https://127.0.0.1\t/hook",
    "gopher://public.example/hook",
    "file:///etc/passwd",
]


@pytest.fixture
def network(monkeypatch):
    """The names above and no other; what was looked up, and where a connection was asked for. None comes about."""
    seen = Network()
    resolve = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **options):
        name = str(host).rstrip(".")
        if not name.endswith(".example"):
            # Numbers in all spellings, and localhost. Some resolvers mind the dot behind them, this one doesn't.
            return resolve(name, port, *args, **options)
        seen.asked.append(name)
        if name not in NAMES:
            raise socket.gaierror(-2, "Name or service not known")
        answers = seen.later.get(name, NAMES[name]) if seen.asked.count(name) > 1 else NAMES[name]
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in answers]
        pairs = zip(families, answers, strict=True)
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for family, address in pairs]

    def create_connection(address, *args, **options):
        seen.called.append(address)
        raise OSError("no way out of a test")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
    return seen


class Network:
    """`later` is what a name's second look-up and all after it give."""

    def __init__(self):
        self.asked: list[str] = []
        self.called: list[tuple[str, int]] = []
        self.later: dict[str, list[str]] = {}


def send(url: str):
    message = OutgoingMessage(
        delivery_id="d1",
        event="lead.captured",
        body="{}",
        data={},
        business_name="Acme",
        occurred_at=NOON,
        sent_at=NOON,
    )
    secrets = WebhookSecrets(signing_secret=SECRET)
    return get_connector("webhook").deliver(message, WebhookSettings(url=url), secrets)


@pytest.mark.parametrize("url", SPELLINGS)
def test_the_connector_refuses_every_spelling_of_a_private_address(network, url):
    try:
        outcome = send(url)
    except ValidationError:
        outcome = None  # not even a connection can be made of it

    assert outcome is None or isinstance(outcome, Misconfigured)
    assert network.called == []


@pytest.mark.parametrize("url", SPELLINGS)
def test_the_test_button_refuses_every_spelling_of_a_private_address(cast, acme, network, url):
    owner = cast.client_of("owner", acme)
    data = {"name": "Hook", "is_enabled": "on", "settings__url": url, "events": "lead.captured"}
    owner.post("/admin/leads/connection/add/?kind=webhook", data)
    made = Connection.objects.for_tenant(acme).first()
    if made is not None:
        page = owner.post(f"/admin/leads/connection/{made.pk}/do/send_test/", follow=True).content.decode()
        assert "We may not send to this address" in page

    assert network.called == []


def test_what_is_public_is_called_so_that_the_refusals_above_mean_something(network):
    assert send("https://public.example/hook").reason == "The server does not answer."
    assert network.called == [(PUBLIC, 443)]


@pytest.mark.parametrize("later", [["127.0.0.1"], ["169.254.169.254"], ["::1"]])
def test_a_name_that_changes_its_address_after_the_look_up_gains_nothing(cast, acme, network, later):
    """Rebinding: one look-up, and the address that was checked is the one that is called."""
    network.later = {"public.example": later}

    assert isinstance(send("https://public.example/hook"), TryLater)

    assert (network.asked, network.called) == (["public.example"], [(PUBLIC, 443)])
    network.asked.clear()
    made = make_connection(acme, settings={"url": "https://public.example/hook"}, secrets={"signing_secret": SECRET})
    network.later = {}
    owner = cast.client_of("owner", acme)
    page = owner.post(f"/admin/leads/connection/{made.pk}/do/send_test/", follow=True).content.decode()
    assert "The server does not answer." in page
    assert (network.asked, network.called[1:]) == (["public.example"], [(PUBLIC, 443)])


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://private.example/",
        "http://localhost/",
        "//127.0.0.1/",
        "https://public.example/",
    ],
)
def test_a_redirect_is_not_followed_wherever_it_leads(receiver, status, target):
    receiver.answers = [Answer(status, {"Location": target})]
    asked = []
    outcome = with_resolver(asked, lambda: send(receiver.url))
    assert isinstance(outcome, TryLater)
    assert outcome.reason.startswith(f"It sent us on to another address, which we do not follow (answer {status}).")
    assert len(receiver.received) == 1
    assert set(asked) == {"127.0.0.1"}


def with_resolver(asked: list, work):
    """What `work` gives; `asked` are the hosts it had looked up."""
    resolve = socket.getaddrinfo
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda host, *args, **options: watch(asked, resolve, host, args, options))
        return work()


def watch(asked, resolve, host, args, options):
    asked.append(host)
    return resolve(host, *args, **options)


def test_the_test_button_follows_no_redirect_either(cast, acme, receiver):
    receiver.answers = [Answer(302, {"Location": "http://169.254.169.254/latest/meta-data/"}, body=b"")]
    made = make_connection(acme, settings={"url": receiver.url}, secrets={"signing_secret": SECRET})
    owner = cast.client_of("owner", acme)
    page = owner.post(f"/admin/leads/connection/{made.pk}/do/send_test/", follow=True).content.decode()
    assert "It sent us on to another address, which we do not follow (answer 302)." in page
    assert len(receiver.received) == 1
