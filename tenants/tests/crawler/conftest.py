"""What the tests of the crawler share."""

import socket

import pytest

from tenants.knowledge.crawler.addresses import Scope
from tenants.tests.crawler.website import Resolver, publishing

MUELLER = "xn--mller-kva.example"
HOSTS = ("shop.example", "www.shop.example", "rival.example", MUELLER)
SHOP = Scope(hosts=frozenset({"shop.example"}))


@pytest.fixture
def resolver(monkeypatch) -> Resolver:
    """Some names on loopback, one in a private network."""
    names = Resolver(dict.fromkeys(HOSTS, "127.0.0.1") | {"intern.shop.example": "10.0.0.1"})
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    return names


@pytest.fixture
def website(settings, resolver):
    """A site that the operator's exception lets us reach, under each of HOSTS."""
    with publishing() as site:
        settings.OUTBOUND_ALLOW = [f"{host}:{site.port}" for host in HOSTS]
        yield site
