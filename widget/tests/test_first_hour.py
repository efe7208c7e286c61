"""From the address of a website to an assistant that answers: what each step starts, keeps and leaves alone."""

from datetime import timedelta

import pytest

from tenants import jobs
from tenants.models import ApiKey, Article, FirstHour, Job, Source, Tenant
from tenants.services import sources
from tenants.services.jobs import sweep
from tenants.services.sources import SourceInvalid
from tenants.tests.crawler.website import Page, publishing
from widget.services import first_hour
from widget.tests.first_hour_cases import NOW, german_pages, pages, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]


@pytest.fixture
def site(settings):
    with publishing() as published:
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{published.port}"]
        published.pages = pages()
        yield published


@pytest.fixture
def address(site):
    return site.url("/", "127.0.0.1")


def fresh(acme):
    return Tenant.objects.select_related("persona", "appearance", "behavior").get(pk=acme.pk)


def read(acme, address: str) -> FirstHour:
    first_hour.read_website(acme, address, user_id=None, now=NOW)
    work()
    return first_hour.open_hour(acme)


def propose(acme, address: str) -> FirstHour:
    read(acme, address)
    first_hour.propose_looks(acme, user_id=None, now=NOW)
    work()
    return first_hour.open_hour(acme)


def looks_of(acme) -> first_hour.Looks:
    return first_hour.looks_to_begin_with(fresh(acme), first_hour.open_hour(acme))


def test_a_typed_website_becomes_a_source_that_goes_on_living(acme, address):
    hour = read(acme, address)

    assert (hour.source.kind, hour.source.state, hour.source.most_pages) == ("site", "read", 20)
    assert Tenant.objects.get(pk=acme.pk).website == address
    assert acme.origins.filter(pattern=address.rstrip("/")).exists()
    assert Article.objects.for_tenant(acme).filter(is_published=True).count() == 4


def test_a_website_typed_twice_is_read_once(acme, address):
    first_hour.read_website(acme, address, user_id=None, now=NOW)
    first_hour.read_website(acme, f" {address} ", user_id=None, now=NOW)

    assert (Source.objects.count(), Job.objects.count()) == (1, 1)


@pytest.mark.parametrize("typed", ["", "  ", "no address", "ftp://acme.example", "shop", "https://"])
def test_what_is_no_website_is_refused_and_nothing_begins(acme, typed):
    with pytest.raises(SourceInvalid):
        first_hour.read_website(acme, typed, user_id=None, now=NOW)

    assert (Source.objects.count(), Job.objects.count()) == (0, 0)
    assert Tenant.objects.get(pk=acme.pk).website == "https://acme.example"


def test_a_mistyped_website_gives_way_to_the_right_one(acme, site, address):
    wrong = site.url("/nothing-here", "127.0.0.1")
    assert read(acme, wrong).source.state == "failed"

    hour = read(acme, address)

    assert list(Source.objects.values_list("address", "state")) == [(address, "read")]
    assert hour.proposal is None


def test_a_site_read_before_is_kept_when_another_takes_its_place(acme, address, site):
    read(acme, address)
    other = site.url("/faq", "127.0.0.1")

    hour = read(acme, other)

    assert Source.objects.count() == 2
    assert hour.source.address == other


def test_a_reading_that_takes_too_long_ends_with_what_there_is(acme, address):
    first_hour.read_website(acme, address, user_id=None, now=NOW)
    job = Job.objects.get()
    jobs.run_slice(job.pk, now=NOW, seconds=0)  # begins
    jobs.run_slice(job.pk, now=NOW + timedelta(minutes=1), seconds=0)  # has read the first page
    job.refresh_from_db()
    Job.objects.filter(pk=job.pk).update(cursor={**job.cursor, "spent_seconds": 121})

    work(NOW + timedelta(minutes=2))

    source = first_hour.open_hour(acme).source
    assert (source.state, source.message) == ("read", "1 page read. 3 could not be read.")
    assert "no time left" in source.pages.get(address__endswith="/faq").reason


def test_a_pasted_text_stands_in_for_a_website(acme):
    first_hour.read_text(acme, "# Opening hours\n\nWe are open from nine to six.", user_id=None, now=NOW)
    work()
    first_hour.propose_looks(acme, user_id=None, now=NOW)
    work()

    hour = first_hour.open_hour(acme)
    assert (hour.source.kind, hour.reached) == ("text", FirstHour.Step.LOOKS)
    assert looks_of(acme).quick_replies == ("What are your opening hours?",)


def test_looks_are_proposed_from_the_site_and_nothing_is_saved(acme, address, site):
    hour = propose(acme, address)
    version = Tenant.objects.get(pk=acme.pk).config_version

    looks = looks_of(acme)

    assert (looks.role, looks.language) == ("Assistant of Mill Lane Bikes", "en")
    assert (looks.primary, looks.background, looks.text) == ("#14532d", "#fffdf8", "#1f2937")
    assert "Can I return a bike?" in looks.quick_replies
    assert "What are your opening hours?" in looks.quick_replies
    assert "/style.css" in site.paths
    assert hour.reached == FirstHour.Step.LOOKS
    assert fresh(acme).appearance.primary == "#4f46e5"
    assert Tenant.objects.get(pk=acme.pk).config_version == version


def test_what_somebody_chose_by_hand_is_not_proposed_otherwise(acme, address):
    acme.persona.role = "Head of bells"
    acme.persona.save()
    acme.appearance.background = "#eeeeee"
    acme.appearance.save()

    propose(acme, address)

    looks = looks_of(acme)
    assert (looks.role, looks.background, looks.text) == ("Head of bells", "#eeeeee", "#1f2937")
    assert looks.primary == "#14532d"


def test_looks_are_proposed_once_however_often_it_is_pressed(acme, address):
    read(acme, address)
    for _ in range(2):
        first_hour.propose_looks(acme, user_id=None, now=NOW)
    work()
    first_hour.propose_looks(acme, user_id=None, now=NOW)

    assert Job.objects.filter(kind="widget.propose_looks").count() == 1


def test_saved_looks_stay_and_a_usual_greeting_is_said_in_every_language(acme, address):
    propose(acme, address)
    looks = looks_of(acme)
    german = {"language": "de", "greeting_message": "Hallo! Wie kann ich Ihnen helfen?", "name": "Milli"}

    first_hour.save_looks(acme, first_hour.Looks(**{**vars(looks), **german}))

    acme = fresh(acme)
    assert (acme.persona.name, acme.language, acme.appearance.primary) == ("Milli", "de", "#14532d")
    assert acme.behavior.greeting_message == "Hi! How can I help you today?"
    assert looks_of(acme).greeting_message == "Hallo! Wie kann ich Ihnen helfen?"
    assert first_hour.open_hour(acme).reached == FirstHour.Step.QUESTIONS


def test_five_questions_are_asked_and_answered_as_for_a_visitor(acme, address):
    propose(acme, address)

    first_hour.ask_questions(acme, user_id=None, now=NOW)
    first_hour.ask_questions(acme, user_id=None, now=NOW)
    work()

    rows = list(acme.first_questions.order_by("position"))
    assert len(rows) == 5
    assert all(row.answered_at and row.answer for row in rows)
    hours = next(row for row in rows if row.text == "What are your opening hours?")
    assert hours.is_answered
    assert "nine to six" in hours.answer
    assert hours.sources[0][0] == "Opening hours"
    assert Job.objects.filter(kind="widget.ask_first_questions").count() == 1


def test_a_better_answer_is_what_the_next_visitor_reads(acme, address):
    propose(acme, address)
    first_hour.ask_questions(acme, user_id=None, now=NOW)
    work()
    row = acme.first_questions.get(text="What are your opening hours?")

    first_hour.write_answer(acme, row.pk, "Every day but Sunday, nine to six.", user_id=None, now=NOW)
    work()

    row.refresh_from_db()
    assert (row.answer, row.verdict, row.is_answered) == ("Every day but Sunday, nine to six.", "written", True)
    assert Article.objects.get(title="What are your opening hours?", page=None).kind == "question"


def test_a_killed_workers_questions_go_on(acme, address):
    propose(acme, address)
    first_hour.ask_questions(acme, user_id=None, now=NOW)
    job = Job.objects.get(kind="widget.ask_first_questions")
    Job.objects.filter(pk=job.pk).update(state="running", attempts=1, lease_until=NOW)
    sweep(now=NOW)
    work()

    assert acme.first_questions.exclude(answered_at=None).count() == 5


def test_a_line_asked_for_twice_at_once_has_one_key(acme):
    now = ApiKey.objects.create(tenant=acme, name="Website", beginning="x", digest="x").created_at

    key = first_hour.make_key(acme, now=now)

    assert key.startswith("caty_")
    assert ApiKey.objects.for_tenant(acme).filter(revoked_at=None).count() == 1


def test_when_it_is_done_the_rest_of_the_site_is_read_and_from_then_on_weekly(acme, address):
    read(acme, address)

    first_hour.finish(acme, now=NOW)
    first_hour.finish(acme, now=NOW)

    source = Source.objects.get()
    assert (source.most_pages, source.every_days, source.due_at) == (200, 7, NOW)
    assert sources.read_due(now=NOW) == 1
    assert first_hour.is_wanted(acme) is False


def test_put_away_it_is_offered_no_more_and_kept(acme, address):
    read(acme, address)
    assert first_hour.is_wanted(acme) is True

    first_hour.put_away(acme, now=NOW)

    assert first_hour.is_wanted(acme) is False
    assert first_hour.open_hour(acme).source.state == "read"


def test_a_business_in_use_is_not_told_how_to_begin(acme, cast):
    cast.make_conversation(acme, "acme")

    assert first_hour.is_wanted(acme) is False


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        ({}, "not found"),
        ({"/": Page(b"<html><body><div id=app></div><script src=/a.js></script></body></html>")}, "no text"),
        ({"/robots.txt": Page(b"User-agent: *\nDisallow: /", media_type="text/plain")}, "robots.txt"),
        ({"/": Page(b"oops", status=500)}, "had a problem"),
    ],
)
def test_a_site_that_can_not_be_read_says_why(acme, site, address, pages, words):
    site.pages = pages

    hour = read(acme, address)

    assert hour.source.state == "failed"
    assert words in hour.source.message


def test_a_text_whose_reading_was_stopped_is_read_when_it_is_pasted_again(acme):
    text = "# Opening hours\n\nWe are open from nine to six."
    first_hour.read_text(acme, text, user_id=None, now=NOW)
    first_hour.stop_reading(acme, now=NOW)

    first_hour.read_text(acme, text, user_id=None, now=NOW)
    work()

    assert Article.objects.get().title == "Opening hours"


def test_nothing_is_proposed_of_a_site_that_another_has_taken_the_place_of(acme, address, site):
    read(acme, site.url("/faq", "127.0.0.1"))
    first_hour.propose_looks(acme, user_id=None, now=NOW)
    first_hour.read_website(acme, address, user_id=None, now=NOW)
    first_hour.propose_looks(acme, user_id=None, now=NOW)
    work()

    hour = first_hour.open_hour(acme)
    assert Job.objects.filter(kind="widget.propose_looks").count() == 2
    assert "What are your opening hours?" in hour.proposal["questions"]


def test_the_time_in_which_no_worker_lived_is_not_the_readings(acme, address):
    first_hour.read_website(acme, address, user_id=None, now=NOW)
    job = Job.objects.get()
    jobs.run_slice(job.pk, now=NOW, seconds=0)
    hours_later = NOW + timedelta(hours=3)

    work(hours_later)

    assert first_hour.open_hour(acme).source.message == "4 pages read."


def test_the_assistant_may_stand_where_the_pages_were_found(acme, address):
    hour = read(acme, address)
    acme.origins.all().delete()

    first_hour.propose_looks(acme, user_id=None, now=NOW)

    assert list(acme.origins.values_list("pattern", flat=True)) == [address.rstrip("/")]
    assert hour.source.read_at is not None


def test_questions_to_start_with_are_chosen_in_the_sites_language_which_is_only_proposed(acme, address, site):
    site.pages = german_pages()

    hour = propose(acme, address)

    assert hour.proposal["language"] == looks_of(acme).language == "de"
    assert looks_of(acme).quick_replies == ("Wie sind Ihre Öffnungszeiten?", "Wie lange dauert die Lieferung?")
    assert Tenant.objects.get(pk=acme.pk).language == "en"
    assert looks_of(acme).greeting_message == "Hallo! Wie kann ich Ihnen helfen?"


def test_where_no_text_is_sure_to_be_the_answer_the_nearest_one_is_at_hand(acme, address, site):
    site.pages = german_pages()
    propose(acme, address)
    first_hour.save_looks(acme, looks_of(acme))
    first_hour.ask_questions(acme, user_id=None, now=NOW)
    work()

    row = acme.first_questions.get(text="Wie lange dauert die Lieferung?")
    assert (row.is_answered, row.draft_title) == (False, "Lieferung")
    assert row.draft == "Die Lieferung in Köln kostet 6,90 Euro und kommt am selben Tag an."

    first_hour.write_answer(acme, row.pk, row.draft, user_id=None, now=NOW)
    work()
    row.refresh_from_db()
    assert (row.is_answered, row.answer, row.draft) == (
        True,
        "Die Lieferung in Köln kostet 6,90 Euro und kommt am selben Tag an.",
        "",
    )
