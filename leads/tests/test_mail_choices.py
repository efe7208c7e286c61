"""What colleagues get, and how they change it."""

from dataclasses import replace

import pytest

from leads import services
from leads.mail_choices import Wishes, wanting, wishes_of
from leads.models import MailChoice
from leads.tests.conftest import NOON
from leads.tests.staff import colleague
from tenants.models import Membership

CALLED = {"calls_on_devices": True, "calls": True, "escalations": True, "missed": True, "promises": True}
OWNERS_START = Wishes(hot_leads=True, digest=False, pauses=True, budgets=True, **CALLED)
EDITORS_START = Wishes(hot_leads=False, digest=False, pauses=False, calls_on_devices=True, escalations=True)
NOTHING = Wishes(hot_leads=False, digest=False, pauses=False)
EVERYTHING = Wishes(hot_leads=True, digest=True, pauses=True, weekly=True, budgets=True, **CALLED, own_calls=True)


def wishes(membership) -> Wishes:
    return wishes_of(Membership.objects.get(pk=membership.pk))


def choose(membership, chosen, now=NOON):
    services.choose_mails(membership.pk, user_pk=membership.user_id, wishes=chosen, now=now)


@pytest.mark.parametrize(("role", "start"), [("owner", OWNERS_START), ("editor", EDITORS_START), ("viewer", NOTHING)])
def test_until_somebody_chooses_their_role_decides(acme, role, start):
    membership = colleague(acme, role)
    assert wishes(membership) == start
    kinds = {"hot": start.hot_leads, "more": start.hot_leads, "digest": start.digest, "paused": start.pauses}
    kinds |= {"weekly": start.weekly, "budget": start.budgets, "push": start.calls_on_devices, "handoff": start.calls}
    kinds |= {"own": start.own_calls, "escalation": start.escalations, "missed": start.missed}
    kinds |= {"promise": start.promises}
    for kind, is_wanted in kinds.items():
        assert Membership.objects.filter(wanting(kind)).exists() is is_wanted


OPEN_TO_ALL = Wishes(hot_leads=True, digest=True, pauses=True)


@pytest.mark.parametrize("chosen", [NOTHING, OPEN_TO_ALL, Wishes(hot_leads=False, digest=True, pauses=False)])
def test_a_choice_holds_whatever_the_role(acme, chosen):
    for role in ("owner", "viewer"):
        membership = colleague(acme, role)
        choose(membership, chosen)
        assert wishes(membership) == chosen
        assert Membership.objects.filter(wanting("hot"), pk=membership.pk).exists() is chosen.hot_leads
        assert Membership.objects.filter(wanting("digest"), pk=membership.pk).exists() is chosen.digest
        assert Membership.objects.filter(wanting("paused"), pk=membership.pk).exists() is chosen.pauses


@pytest.mark.parametrize("chosen", [NOTHING, EVERYTHING])
def test_what_tells_of_money_is_for_owners_to_choose(acme, chosen):
    owner, editor = colleague(acme, "owner"), colleague(acme, "editor")
    for membership in (owner, editor):
        choose(membership, chosen)
    assert (wishes(owner).weekly, wishes(owner).budgets) == (chosen.weekly, chosen.budgets)
    assert (wishes(editor).weekly, wishes(editor).budgets) == (False, False)
    for kind, is_chosen in (("weekly", chosen.weekly), ("budget", chosen.budgets)):
        assert list(Membership.objects.filter(wanting(kind))) == ([owner] if is_chosen else [])


def test_an_owner_who_chose_before_there_was_word_of_budgets_gets_it(acme):
    membership = colleague(acme, hot_leads=False)
    assert wishes(membership).budgets
    assert Membership.objects.filter(wanting("budget")).exists()


@pytest.mark.parametrize("column", ["digest_from", "weekly_from"])
def test_a_mail_that_stays_on_is_on_since_when_it_was(acme, column):
    membership = colleague(acme)
    choose(membership, EVERYTHING)
    choose(membership, EVERYTHING, NOON.replace(hour=18))
    assert getattr(MailChoice.objects.get(), column) == NOON
    choose(membership, NOTHING)
    choose(membership, EVERYTHING, NOON.replace(hour=18))
    assert getattr(MailChoice.objects.get(), column) == NOON.replace(hour=18)


def test_nobody_chooses_for_somebody_else(acme):
    mine, theirs = colleague(acme, "owner"), colleague(acme, "editor")
    with pytest.raises(Membership.DoesNotExist):
        services.choose_mails(theirs.pk, user_pk=mine.user_id, wishes=EVERYTHING, now=NOON)
    assert not MailChoice.objects.exists()


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("hot", replace(EVERYTHING, hot_leads=False)),
        ("more", replace(EVERYTHING, hot_leads=False)),
        ("digest", replace(EVERYTHING, digest=False)),
        ("paused", replace(EVERYTHING, pauses=False)),
        ("weekly", replace(EVERYTHING, weekly=False)),
        ("budget", replace(EVERYTHING, budgets=False)),
        ("handoff", replace(EVERYTHING, calls=False)),
        ("own", replace(EVERYTHING, own_calls=False)),
        ("escalation", replace(EVERYTHING, escalations=False)),
        ("missed", replace(EVERYTHING, missed=False)),
        ("promise", replace(EVERYTHING, promises=False)),
    ],
)
def test_a_link_stops_its_own_kind_alone_and_again_changes_nothing(acme, kind, left):
    membership, other = colleague(acme), colleague(acme, "owner", name="other")
    choose(membership, EVERYTHING)
    path = services.stop_path(membership.pk, kind)

    for _time in range(2):
        services.stop_mails(path, now=NOON)
        assert wishes(membership) == left

    assert wishes(other) == OWNERS_START


def test_a_link_stops_what_was_never_chosen_too(acme):
    membership = colleague(acme)
    services.stop_mails(services.stop_path(membership.pk, "hot"), now=NOON)
    assert wishes(membership) == replace(OWNERS_START, hot_leads=False)


def test_reading_a_link_changes_nothing(acme):
    membership = colleague(acme)
    link = services.read_stop_path(services.stop_path(membership.pk, "more"))
    assert (link.kind, link.business) == ("hot", "Acme")
    assert not MailChoice.objects.exists()


def test_the_link_of_somebody_who_has_left_is_still_good_and_names_nobody(acme):
    membership = colleague(acme)
    path = services.stop_path(membership.pk, "hot")
    membership.delete()
    assert services.read_stop_path(path).business == ""
    services.stop_mails(path, now=NOON)
    assert not MailChoice.objects.exists()


def test_a_link_that_is_not_ours_does_nothing(acme):
    membership, other = colleague(acme), colleague(acme, "owner", name="other")
    path = services.stop_path(membership.pk, "hot")
    forged = path.replace(str(membership.pk), str(other.pk), 1)
    for wrong in ("", "x", path[:-1], path + "x", forged, path.replace("hot", "digest"), f"{membership.pk}-hot"):
        with pytest.raises(services.StopLinkInvalid):
            services.read_stop_path(wrong)
        with pytest.raises(services.StopLinkInvalid):
            services.stop_mails(wrong, now=NOON)
    assert not MailChoice.objects.exists()
