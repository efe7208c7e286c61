"""How visitors see colleagues: everyone chooses for themselves, owners for all."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tenants.models import Face, Membership

MINE = "/admin/tenants/membership/mine/"


def picture(colour: str = "red") -> SimpleUploadedFile:
    target = BytesIO()
    Image.new("RGB", (30, 30), colour).save(target, "PNG")
    return SimpleUploadedFile("face.png", target.getvalue(), "image/png")


@pytest.fixture
def member(cast):
    """Finds who works for a business in a role."""

    def find(tenant, role: str = "editor") -> Membership:
        return Membership.objects.get(tenant=tenant, user=cast.make_staff(tenant, role))

    return find


def sent(membership, **values) -> dict:
    """What a browser sends of the colleague's part of the page."""
    values = {"was_shown": "True", "display_name": "", **values}
    return {f"at{membership.pk}-{name}": value for name, value in values.items()}


@pytest.mark.parametrize("role", ["owner", "editor", "viewer"])
def test_everyone_chooses_their_own_name_and_picture(cast, member, acme, role):
    colleague = member(acme, role)
    client = cast.client_of(role, acme)

    assert client.post(MINE, sent(colleague, display_name=" Ann ", picture=picture())).status_code == 302

    colleague.refresh_from_db()
    face = Face.objects.get()
    assert (colleague.shown_name, face.membership, face.content_type) == ("Ann", colleague, "image/webp")
    shown = client.get(f"/widget/avatar/{face.digest}")
    assert (shown.status_code, shown.content) == (200, bytes(face.content))
    assert f"/widget/avatar/{face.digest}" in client.get(MINE).content.decode()


def test_a_picture_stays_until_it_is_removed(cast, member, acme):
    colleague, client = member(acme), cast.client_of("editor", acme)
    client.post(MINE, sent(colleague, picture=picture()))

    client.post(MINE, sent(colleague, display_name="Ann"))
    assert Face.objects.count() == 1

    client.post(MINE, sent(colleague, display_name="Ann", **{"picture-clear": "on"}))
    assert not Face.objects.exists()


def test_what_is_no_picture_is_refused_and_nothing_of_it_kept(cast, member, acme):
    colleague, client = member(acme), cast.client_of("editor", acme)
    wrong = SimpleUploadedFile("face.png", b"<svg onload='alert(1)'/>", "image/png")

    page = client.post(MINE, sent(colleague, display_name="Ann", picture=wrong))

    assert "can&#x27;t be read as a picture" in page.content.decode()
    colleague.refresh_from_db()
    assert (colleague.display_name, Face.objects.count()) == ("", 0)


def test_nobody_chooses_for_another_on_their_own_page(cast, member, acme, rival):
    others = [member(acme, "owner"), member(rival)]

    for other in others:
        cast.client_of("editor", acme).post(MINE, sent(other, display_name="Mallory", picture=picture()))

    assert not Membership.objects.filter(display_name="Mallory").exists()
    assert not Face.objects.exists()


def test_who_works_nowhere_is_told_so(cast, db):
    assert "add yourself under “Colleagues”" in cast.client_of(cast.OPERATOR).get(MINE).content.decode()


def test_an_owner_chooses_for_all(cast, member, acme):
    colleague = member(acme)
    url = f"/admin/tenants/membership/{colleague.pk}/change/"

    chosen = {"role": "viewer", "display_name": "Ben from Acme", "picture": picture()}
    assert cast.client_of("owner", acme).post(url, chosen).status_code == 302

    colleague.refresh_from_db()
    assert (colleague.role, colleague.shown_name) == ("viewer", "Ben from Acme")
    assert Face.objects.get().membership == colleague


def test_colleagues_see_how_visitors_see_each_of_them(cast, member, acme):
    colleague = member(acme)
    cast.client_of("editor", acme).post(MINE, sent(colleague, display_name="Ann", picture=picture()))
    digest = Face.objects.get().digest
    client = cast.client_of("viewer", acme)

    for url in ("/admin/tenants/membership/", f"/admin/tenants/membership/{colleague.pk}/change/"):
        body = client.get(url).content.decode()
        assert f'<span class="caty-face"><img src="/widget/avatar/{digest}" alt=""> Ann</span>' in body
    assert 'name="display_name"' not in body


def test_without_a_picture_an_initial_stands_in_and_without_a_name_the_business(cast, member, acme):
    member(acme)

    body = cast.client_of("viewer", acme).get("/admin/tenants/membership/").content.decode()

    assert f'<span aria-hidden="true">{acme.name[0]}</span> {acme.name}</span>' in body
