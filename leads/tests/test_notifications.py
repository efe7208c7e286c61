"""The page “My notifications”, the list of mails, and the link that stops them."""

from dataclasses import replace
from email import message_from_bytes

import pytest
from django.test import Client

from leads import mailing, notifying, services
from leads.mail_choices import Wishes, wishes_of
from leads.models import Lead, MailChoice, StaffMail
from leads.tests.conftest import NOON
from tenants.models import Membership

MINE = "/admin/leads/staffmail/mine/"
ROLES = ("owner", "editor", "viewer")


@pytest.fixture
def staff(cast, acme):
    """A client of each role at Acme."""
    return {role: cast.client_of(role, acme) for role in ROLES}


def member(role, tenant) -> Membership:
    return Membership.objects.get(tenant=tenant, role=role)


def page_of(client, url=MINE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def switch(client, membership, *on):
    """Save the page with these switches on."""
    prefix = f"at{membership.pk}"
    data = {f"{prefix}-was_shown": "True", **{f"{prefix}-{name}": "on" for name in on}}
    return client.post(MINE, data, follow=True)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_chooses_for_themselves(acme, staff, role):
    mine = member(role, acme)
    response = switch(staff[role], mine, "digest")
    assert "Saved." in response.content.decode()
    assert wishes_of(member(role, acme)) == Wishes(hot_leads=False, digest=True, pauses=False)
    assert MailChoice.objects.count() == 1
    switch(staff[role], mine, "hot_leads", "pauses")
    assert wishes_of(member(role, acme)) == Wishes(hot_leads=True, digest=False, pauses=True)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_chooses_for_anybody_else(acme, rival, cast, staff, role):
    cast.make_staff(rival, "owner")
    for other in Membership.objects.exclude(pk=member(role, acme).pk):
        switch(staff[role], other, "hot_leads", "digest")
    assert not MailChoice.objects.exists()


def test_a_page_that_did_not_show_a_business_changes_nothing_there(acme, rival, staff):
    mine = member("owner", acme)
    elsewhere = Membership.objects.create(tenant=rival, user=mine.user, role="owner")
    switch(staff["owner"], mine, "digest")
    assert not MailChoice.objects.filter(membership=elsewhere).exists()
    switch(staff["owner"], elsewhere, "hot_leads")
    assert wishes_of(elsewhere) == Wishes(hot_leads=True, digest=False, pauses=False)
    assert wishes_of(member("owner", acme)) == Wishes(hot_leads=False, digest=True, pauses=False)


def test_the_week_and_budgets_are_offered_to_owners_alone(acme, staff):
    for role in ROLES:
        seen = page_of(staff[role])
        for words in ("A mail about the week, on Mondays at 8:00", "Budgets that are nearly used"):
            assert (words in seen) is (role == "owner")
        switch(staff[role], member(role, acme), "weekly", "budgets")
        wishes = wishes_of(member(role, acme))
        assert (wishes.weekly, wishes.budgets) == ((True, True) if role == "owner" else (False, False))


def test_owners_see_who_gets_what_and_others_do_not(acme, rival, cast, staff):
    cast.make_staff(rival, "owner")
    switch(staff["viewer"], member("viewer", acme), "digest")
    seen = page_of(staff["owner"])
    assert "Who gets what" in seen
    assert "viewer@acme.example" in seen
    assert "rival" not in seen
    for role in ("editor", "viewer"):
        seen = page_of(staff[role])
        assert "Who gets what" not in seen
        assert "owner@acme.example" not in seen


def test_an_owner_here_who_is_a_viewer_there_sees_there_nobodys_choices(acme, rival, cast, staff):
    cast.make_staff(rival, "owner")
    Membership.objects.create(tenant=rival, user=member("owner", acme).user, role="viewer")
    seen = page_of(staff["owner"])
    assert "Rival" in seen
    assert "owner@rival.example" not in seen


def test_the_page_costs_the_same_queries_for_more_colleagues(acme, cast, staff, django_assert_max_num_queries):
    for number in range(10):
        user = cast.make_staff(acme, f"role{number}")
        Membership.objects.filter(user=user).update(role="viewer")
    page_of(staff["owner"])
    with django_assert_max_num_queries(9):
        page_of(staff["owner"])


def test_the_operator_is_told_that_nothing_is_for_them(cast, acme):
    assert "no colleague of any business" in page_of(cast.client_of(cast.OPERATOR))


def test_a_stranger_is_sent_to_the_login(cast):
    response = cast.client_of(cast.ANONYMOUS).post(MINE, {})
    assert (response.status_code, response.url.partition("?")[0]) == (302, "/admin/login/")


@pytest.fixture
def world(cast, acme):
    return cast.make_world(acme)


def test_an_owner_sees_which_mails_were_given_up_and_why(acme, world, staff):
    assert "1 mail to a colleague could not be sent." in page_of(staff["owner"])
    listed = page_of(staff["owner"], "/admin/leads/staffmail/?state=failed")
    assert "acme1 mail error" in listed
    assert "acme1 mail error" in page_of(staff["owner"], f"/admin/leads/staffmail/{world[StaffMail].pk}/change/")
    assert "could not be sent" not in page_of(staff["editor"])


@pytest.fixture
def letter(acme, world, mailoutbox):
    """A mail as it arrived, about a hot lead."""
    StaffMail.objects.all().delete()
    Lead.objects.update(band="hot")
    notifying.announce_hot(Lead.objects.get(), now=NOON)
    (pk,) = mailing.find_due(now=NOON)
    assert mailing.send(pk, now=NOON) == "sent"
    return message_from_bytes(mailoutbox[0].message().as_bytes())


@pytest.fixture
def link(letter):
    address = letter["List-Unsubscribe"].strip()
    assert address.startswith("<https://caty.example/mail/stop/")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return address[len("<https://caty.example") : -1]


def test_a_mail_program_stops_the_mails_by_one_post_as_often_as_it_likes(acme, link):
    stranger, before = Client(enforce_csrf_checks=True), wishes_of(member("owner", acme))
    for _time in range(2):
        response = stranger.post(link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
        assert response.status_code == 200
        assert "You get no more of these." in response.content.decode()
        assert wishes_of(member("owner", acme)) == replace(before, hot_leads=False)


def test_who_only_looks_at_the_link_is_asked(acme, link):
    before = list(MailChoice.objects.values())
    for response in (Client().get(link), Client().head(link)):
        assert response.status_code == 200
    page = Client().get(link).content.decode()
    assert "Mails about hot leads, the moment there is one" in page
    assert "Acme" in page
    assert "@" not in page
    assert list(MailChoice.objects.values()) == before


def test_other_methods_are_refused(acme, link):
    before = list(MailChoice.objects.values())
    for method in ("put", "delete", "patch"):
        assert getattr(Client(), method)(link).status_code == 405
    assert list(MailChoice.objects.values()) == before


def test_a_link_that_was_cut_or_changed_stops_nothing(acme, rival, cast, link):
    cast.make_staff(rival, "owner")
    mine, theirs = member("owner", acme), member("owner", rival)
    before = list(MailChoice.objects.values())
    for wrong in (link[:-9] + "/", link.replace(f"/{mine.pk}-", f"/{theirs.pk}-"), "/mail/stop/x/"):
        for method in ("get", "post"):
            response = getattr(Client(), method)(wrong)
            assert response.status_code == 404
            assert "isn&#x27;t complete" in response.content.decode()
    assert list(MailChoice.objects.values()) == before


def test_the_link_of_somebody_who_has_left_says_that_nothing_comes(acme, link):
    member("owner", acme).delete()
    for response in (Client().get(link), Client().post(link)):
        assert response.status_code == 200
        assert "You get no more of these." in response.content.decode()


def test_a_link_gives_no_way_in(acme, link):
    client = Client()
    client.post(link)
    assert client.get(MINE).status_code == 302


def test_what_was_stopped_can_be_turned_on_again(acme, staff, link):
    Client().post(link)
    switch(staff["owner"], member("owner", acme), "hot_leads")
    assert wishes_of(member("owner", acme)).hot_leads
    assert services.read_stop_path(link.split("/")[-2]).kind == "hot"
