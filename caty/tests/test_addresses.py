"""Whose limits a request counts against."""

import pytest
from django.test import RequestFactory

from caty.lib.addresses import caller_address


def address(remote, forwarded=None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return caller_address(RequestFactory().get("/", REMOTE_ADDR=remote, **headers))


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", "unknown"),
    ],
)
def test_an_address_is_counted_by_itself_or_its_64(remote, expected):
    assert address(remote) == expected


def test_without_proxies_nobody_can_claim_another_address():
    assert address("203.0.113.7", "198.51.100.1") == "203.0.113.7"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        (2, "forged, 198.51.100.1, 192.0.2.9", "198.51.100.1"),
        (2, "198.51.100.1", "203.0.113.7"),
        (1, "198.51.100.1:4711", "198.51.100.1"),
        (1, "[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        (1, "fe80::1%eth0", "fe80::/64"),
        (1, "nonsense", "unknown"),
        (1, None, "unknown"),
    ],
)
def test_behind_proxies_the_one_they_were_called_from_counts(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies

    assert address("203.0.113.7", forwarded) == expected
