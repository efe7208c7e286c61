"""The persona's picture on the pages of a business: for good, and harmless."""

import pytest

from tenants import services as tenant_services
from tenants.models import Avatar
from tenants.pictures import Picture


@pytest.fixture
def digest(acme) -> str:
    tenant_services.set_avatar(acme, Picture(b"picture", "image/webp"))
    return Avatar.objects.get(tenant=acme).digest


def test_it_is_given_out_by_its_digest_and_kept_for_good(client, digest):
    response = client.get(f"/widget/avatar/{digest}")

    assert (response.status_code, response.content, response["Content-Type"]) == (200, b"picture", "image/webp")
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in response


def test_opened_by_itself_it_may_do_nothing(client, digest):
    response = client.get(f"/widget/avatar/{digest}")

    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_new_picture_has_a_new_address_and_the_old_one_is_gone(client, acme, digest):
    tenant_services.set_avatar(acme, Picture(b"another", "image/webp"))
    new = Avatar.objects.get(tenant=acme).digest

    assert new != digest
    assert client.get(f"/widget/avatar/{new}").content == b"another"
    assert client.get(f"/widget/avatar/{digest}").status_code == 404


def test_a_picture_two_businesses_share_stays_when_one_removes_it(client, acme, rival, digest):
    tenant_services.set_avatar(rival, Picture(b"picture", "image/webp"))
    tenant_services.remove_avatar(acme)

    assert client.get(f"/widget/avatar/{digest}").status_code == 200
    assert not Avatar.objects.filter(tenant=acme).exists()


@pytest.mark.django_db
def test_an_unknown_one_is_told_so(client):
    response = client.get("/widget/avatar/0123456789abcdef")

    assert (response.status_code, response.content) == (404, b"")


def test_nothing_can_be_sent_there(client, digest):
    assert client.post(f"/widget/avatar/{digest}", {"x": "y"}).status_code == 405
