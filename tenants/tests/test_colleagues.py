"""Staff: invited by owners into their own business, and never without an owner."""

import re
import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection

from caty.lib.throttling import RateLimited
from tenants import services
from tenants.models import Invitation, Membership
from tenants.services import AlreadyColleague, InvitationInvalid, LastOwner, NotAllowed
from tenants.services.invitations import AccountInvalid

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PASSWORD = "blue-Giraffe-7"


def make_user(name: str, **columns):
    return get_user_model().objects.create_user(name, f"{name}@acme.example", PASSWORD, **columns)


@pytest.fixture
def owner(acme):
    user = make_user("olga")
    services.add_colleague(tenant=acme, user=user, role="owner")
    return user


@pytest.fixture
def invite(acme, owner, django_capture_on_commit_callbacks):
    """Invites and gives the token out of the mail."""

    def send(email="new@acme.example", role="editor", now=NOW):
        with django_capture_on_commit_callbacks(execute=True):
            services.invite_colleague(tenant=acme, email=email, role=role, invited_by=owner, now=now)
        return re.search(r"/admin/invitation/([\w-]+)/", mail.outbox[-1].body)[1]

    return send


def test_an_invitation_is_mailed_and_accepted_with_a_new_account(acme, invite):
    token = invite()

    membership = services.accept_as_new_colleague(token=token, full_name="Nia New", password=PASSWORD, now=NOW)

    assert (membership.tenant, membership.role) == (acme, "editor")
    user = membership.user
    assert (user.email, user.first_name, user.is_staff, user.is_superuser) == (
        "new@acme.example",
        "Nia New",
        True,
        False,
    )
    assert user.check_password(PASSWORD)
    assert [message.to for message in mail.outbox] == [["new@acme.example"]]
    assert f"https://caty.example/admin/invitation/{token}/" in mail.outbox[0].body


def test_only_a_digest_of_the_token_is_stored(invite):
    token = invite()

    assert token not in str(Invitation.objects.values().get())


def test_a_link_works_once(invite):
    token = invite()
    services.accept_as_new_colleague(token=token, full_name="Nia", password=PASSWORD, now=NOW)

    with pytest.raises(InvitationInvalid):
        services.accept_as_new_colleague(token=token, full_name="Eve", password=PASSWORD, now=NOW)


def test_a_link_ends_after_seven_days(invite):
    token = invite()

    assert services.get_open_invitation(token=token, now=NOW + timedelta(days=6, hours=23)).email == "new@acme.example"
    for action in (
        lambda now: services.get_open_invitation(token=token, now=now),
        lambda now: services.accept_as_new_colleague(token=token, full_name="", password=PASSWORD, now=now),
    ):
        with pytest.raises(InvitationInvalid):
            action(NOW + timedelta(days=7))
    assert Membership.objects.count() == 1


def test_a_second_invitation_ends_the_first(invite):
    first, second = invite(), invite(email="NEW@acme.example", now=NOW + timedelta(hours=1))

    with pytest.raises(InvitationInvalid):
        services.get_open_invitation(token=first, now=NOW + timedelta(hours=2))
    assert services.get_open_invitation(token=second, now=NOW + timedelta(hours=2))


@pytest.mark.parametrize("token", ["", "x", "\x00", "ключ"])
def test_a_guessed_link_is_refused(db, token):
    with pytest.raises(InvitationInvalid):
        services.get_open_invitation(token=token, now=NOW)


def test_who_has_an_account_accepts_while_logged_in(acme, invite):
    known = make_user("new")
    token = invite()
    with pytest.raises(AccountInvalid):
        services.accept_as_new_colleague(token=token, full_name="", password=PASSWORD, now=NOW)

    membership = services.accept_invitation(token=token, user=known, now=NOW)

    assert (membership.user, membership.role) == (known, "editor")
    known.refresh_from_db()
    assert known.is_staff


def test_another_account_can_not_use_the_link(invite):
    token = invite()

    with pytest.raises(InvitationInvalid):
        services.accept_invitation(token=token, user=make_user("eve"), now=NOW)

    assert services.get_open_invitation(token=token, now=NOW)
    assert Membership.objects.count() == 1


def test_a_weak_password_uses_nothing_up(invite):
    token = invite()

    with pytest.raises(AccountInvalid):
        services.accept_as_new_colleague(token=token, full_name="", password="12345678", now=NOW)

    assert services.get_open_invitation(token=token, now=NOW)
    assert get_user_model().objects.count() == 1


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_owners_invite(acme, role):
    user = make_user("ed")
    services.add_colleague(tenant=acme, user=user, role=role)

    with pytest.raises(NotAllowed):
        services.invite_colleague(tenant=acme, email="a@b.example", role="viewer", invited_by=user, now=NOW)

    assert not Invitation.objects.exists()


def test_owners_invite_into_their_own_business_only(rival, owner):
    with pytest.raises(NotAllowed):
        services.invite_colleague(tenant=rival, email="a@b.example", role="owner", invited_by=owner, now=NOW)


def test_the_operator_invites_everywhere(rival):
    operator = make_user("root", is_superuser=True)

    services.invite_colleague(tenant=rival, email="a@b.example", role="owner", invited_by=operator, now=NOW)

    assert Invitation.objects.get().tenant == rival


def test_a_colleague_is_not_invited_again(acme, owner):
    with pytest.raises(AlreadyColleague):
        services.invite_colleague(tenant=acme, email="OLGA@acme.example", role="viewer", invited_by=owner, now=NOW)


@pytest.mark.parametrize("email", ["", "nobody", "a@b.example\nBcc: c@d.example", "a@b.example, c@d.example"])
def test_what_is_no_address_is_refused(acme, owner, email):
    with pytest.raises(AccountInvalid):
        services.invite_colleague(tenant=acme, email=email, role="viewer", invited_by=owner, now=NOW)

    assert (Invitation.objects.count(), mail.outbox) == (0, [])


def test_a_name_can_not_begin_another_header(acme, invite):
    type(acme).objects.filter(pk=acme.pk).update(name="Acme\nBcc: victim@rival.example")
    acme.refresh_from_db()

    invite()

    assert mail.outbox[0].subject == "Invitation to Acme Bcc: victim@rival.example"
    assert mail.outbox[0].recipients() == ["new@acme.example"]
    assert "\nBcc:" not in mail.outbox[0].message().as_string()


def test_invitations_are_limited(acme, owner):
    for number in range(30):
        services.invite_colleague(tenant=acme, email=f"{number}@b.example", role="viewer", invited_by=owner, now=NOW)

    with pytest.raises(RateLimited):
        services.invite_colleague(tenant=acme, email="a@b.example", role="viewer", invited_by=owner, now=NOW)


def test_a_mail_that_can_not_be_sent_is_logged_without_the_address(settings, invite, monkeypatch, caplog):
    def refuse(*_, **__):
        raise smtplib.SMTPRecipientsRefused({"new@acme.example": (550, b"no")})

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)

    with pytest.raises(IndexError):  # no mail to read the token from
        invite()

    assert [record.getMessage() for record in caplog.records] == [
        f"invitation.mail_failed invitation_id={Invitation.objects.get().pk} reason=SMTPRecipientsRefused"
    ]


def test_the_last_owner_stays(acme, owner):
    membership = Membership.objects.get(user=owner)

    with pytest.raises(LastOwner):
        services.change_role(membership=membership, role="editor", changed_by=owner)
    with pytest.raises(LastOwner):
        services.remove_colleague(membership=membership, removed_by=owner)

    assert services.is_last_owner(membership)
    assert Membership.objects.get(user=owner).role == "owner"


def test_one_of_two_owners_may_go(acme, owner):
    second = services.add_colleague(tenant=acme, user=make_user("otto"), role="owner")

    services.change_role(membership=Membership.objects.get(user=owner), role="viewer", changed_by=owner)

    assert services.is_last_owner(second)


def test_an_owner_of_another_business_changes_nothing(acme, rival, owner):
    stranger = make_user("rita")
    services.add_colleague(tenant=rival, user=stranger, role="owner")
    membership = services.add_colleague(tenant=acme, user=make_user("ed"), role="editor")

    with pytest.raises(NotAllowed):
        services.change_role(membership=membership, role="owner", changed_by=stranger)
    with pytest.raises(NotAllowed):
        services.remove_colleague(membership=membership, removed_by=stranger)

    assert Membership.objects.get(pk=membership.pk).role == "editor"


def test_a_colleague_added_again_keeps_the_role(acme, owner):
    assert services.add_colleague(tenant=acme, user=owner, role="viewer").role == "owner"


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_leave_one_behind():
    tenant = services.create_tenant(name="Acme")
    users = [make_user(name) for name in ("olga", "otto")]
    memberships = [services.add_colleague(tenant=tenant, user=user, role="owner") for user in users]

    def leave(place):
        try:
            services.remove_colleague(membership=memberships[place], removed_by=users[place])
        except LastOwner:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, (0, 1))) == [False, True]
    assert Membership.objects.filter(role="owner").count() == 1
