"""Logging in, a forgotten password, an invitation."""

import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from caty.celery import app
from caty.staff_access import ATTEMPTS_PER_NAME, MAILS_PER_MAILBOX
from caty.tests.admin_cast import client_of, make_staff
from tenants.models import Invitation, Membership
from widget.services import first_hour

LOGIN = "/admin/login/"
GOOD = "a good old password"


@pytest.fixture
def owner(acme):
    user = make_staff(acme, "owner")
    user.set_password(GOOD)
    user.save()
    return user


def log_in(client, user, password=GOOD):
    return client.post(LOGIN, {"username": user.username, "password": password})


def test_staff_log_in(client, owner):
    assert log_in(client, owner).url == "/admin/"


def test_guessing_at_one_name_is_stopped_in_words(client, owner):
    for _ in range(ATTEMPTS_PER_NAME):
        assert "throttled" not in codes_of(log_in(client, owner, "wrong"))
    response = log_in(client, owner)
    assert codes_of(response) == ["throttled"]
    assert "Please wait 15 minutes" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_guessing_at_one_name_does_not_keep_others_out(client, owner, acme):
    other = make_staff(acme, "editor")
    other.set_password("another password")
    other.save()
    for _ in range(ATTEMPTS_PER_NAME + 1):
        log_in(client, owner, "wrong")
    assert log_in(client, other, "another password").status_code == 302


def codes_of(response) -> list[str]:
    return [error.code for error in response.context["form"].non_field_errors().as_data()]


@pytest.fixture
def ask(client, django_capture_on_commit_callbacks):
    """Asks for a new password, and does what the worker is told to do."""

    def ask(email, **options):
        with django_capture_on_commit_callbacks() as hinted:
            response = client.post("/admin/password-reset/", {"email": email}, **options)
        assert mail.outbox == ask.sent_before
        app.loader.import_default_modules()
        for task, kwargs, _in_seconds in (callback.args for callback in hinted):
            app.tasks[task](**kwargs)
        ask.sent_before = list(mail.outbox)
        return response

    ask.sent_before = []
    return ask


def test_a_forgotten_password_is_set_by_mail(client, owner, ask):
    ask(owner.email)
    link = re.search(r"https://caty\.example(/admin/password-reset/\S+)", mail.outbox[0].body).group(1)
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"new_password1": "a brand new one", "new_password2": "a brand new one"})
    assert log_in(client, owner, "a brand new one").status_code == 302
    assert "no longer works" in client.get(link, follow=True).content.decode()


def test_the_mail_leads_to_us_whatever_host_was_asked(owner, ask):
    ask(owner.email, headers={"host": "localhost"})
    assert "https://caty.example/admin/" in mail.outbox[0].body


def test_an_unknown_address_is_answered_alike_and_gets_no_mail(owner, ask):
    known = ask(owner.email)
    unknown = ask("nobody@acme.example")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [message.to for message in mail.outbox] == [[owner.email]]


def test_a_mail_server_that_is_down_is_logged_without_the_address(owner, ask, settings, capfd):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert ask(owner.email).status_code == 302
    logged = capfd.readouterr().err
    assert f"password_reset.mail_failed user_id={owner.pk} reason=ConnectionRefusedError" in logged
    assert "Traceback" not in logged
    assert owner.email not in logged


def test_a_mailbox_is_not_flooded(owner, ask):
    for _ in range(MAILS_PER_MAILBOX + 2):
        ask(owner.email)
    assert len(mail.outbox) == MAILS_PER_MAILBOX


@pytest.fixture
def invite(owner, acme, django_capture_on_commit_callbacks):
    """Where the mail leads that an owner's invitation sends."""

    def send(role: str) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            client_of(owner).post("/admin/tenants/invitation/add/", {"email": "new@acme.example", "role": role})
        assert mail.outbox[0].to == ["new@acme.example"]
        return re.search(r"https://caty\.example(/admin/invitation/\S+)", mail.outbox[0].body).group(1)

    return send


@pytest.fixture
def link(invite):
    return invite("editor")


def test_an_invited_colleague_chooses_a_password_and_is_in(client, acme, link):
    assert "Welcome to Acme" in client.get(link).content.decode()
    response = client.post(link, {"full_name": "Nora New", "password": "sunny afternoon tea"})
    assert response.url == "/admin/"
    assert client.get("/admin/").status_code == 200
    membership = Membership.objects.get(user__email="new@acme.example")
    assert (membership.tenant, membership.role, membership.user.is_superuser) == (acme, "editor", False)


def test_an_invitation_works_once(client, link):
    client.post(link, {"full_name": "Nora New", "password": "sunny afternoon tea"})
    stranger = Client()
    assert stranger.get(link).status_code == 404
    assert stranger.post(link, {"full_name": "Eve", "password": "sunny afternoon tea"}).status_code == 404
    assert User.objects.filter(first_name="Eve").count() == 0


def test_a_weak_password_is_refused_in_words(client, link):
    response = client.post(link, {"full_name": "Nora", "password": "12345678"})
    assert "too common" in response.content.decode()
    assert not User.objects.filter(email="new@acme.example").exists()


def test_an_invitation_does_not_take_over_an_account(client, link):
    User.objects.create_user("nora", "new@acme.example", "her own password")
    assert "There is an account with this address" in client.get(link).content.decode()
    client.post(link, {"full_name": "Eve", "password": "sunny afternoon tea"})
    nora = User.objects.get(username="nora")
    assert nora.check_password("her own password")
    assert not nora.memberships.exists()


def test_who_has_an_account_accepts_when_logged_in(acme, link):
    nora = User.objects.create_user("nora", "new@acme.example", "her own password")
    assert client_of(nora).post(link).url == "/admin/"
    assert nora.memberships.get().tenant == acme


def test_an_owner_who_accepts_is_shown_how_to_begin(acme, invite):
    nora = User.objects.create_user("nora", "new@acme.example", "her own password")

    assert client_of(nora).post(invite("owner")).url == f"/admin/first-hour/{acme.pk}/"


def test_an_owner_of_a_business_that_has_begun_is_not(acme, invite):
    nora = User.objects.create_user("nora", "new@acme.example", "her own password")
    first_hour.open_hour(acme)
    first_hour.put_away(acme, now=acme.created_at)

    assert client_of(nora).post(invite("owner")).url == "/admin/"


def test_an_editor_can_not_invite(acme):
    response = client_of("editor", acme).post(
        "/admin/tenants/invitation/add/", {"email": "new@acme.example", "role": "owner"}
    )
    assert response.status_code == 403
    assert not Invitation.objects.exists()


def test_the_last_owner_stays(owner):
    membership = owner.memberships.get()
    url = f"/admin/tenants/membership/{membership.pk}/change/"
    response = client_of(owner).post(url, {"role": "viewer"}, follow=True)
    membership.refresh_from_db()
    assert membership.role == "owner"
    assert "needs an owner" in response.content.decode()


def test_staff_read_the_time_of_their_business(acme, owner):
    acme.timezone = "Asia/Tokyo"
    acme.save()
    Membership.objects.filter(user=owner).update(created_at="2026-01-01T20:00:00Z")
    assert "2 Jan 2026, 05:00" in client_of(owner).get("/admin/tenants/membership/").content.decode()
