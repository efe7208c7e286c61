"""How often a source helped: what is counted, and what isn't."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from tenants import knowledge
from tenants.knowledge import articles
from tenants.models import Article, ArticleUse, Passage, Source, SourcePage, SourceUse
from widget.models import Answer, Message, Session, Visitor
from widget.services.helping import count_helping

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 11, 30), date(2026, 11, 29)


def make_source(tenant, *titles: str) -> Source:
    """Read, with a page and an article for each title."""
    source = Source.objects.create(tenant=tenant, address="https://acme.example/", state="read", read_at=NOW)
    for title in titles:
        page = SourcePage.objects.create(source=source, address=f"https://acme.example/{title}", state="read")
        Article.objects.create(tenant=tenant, title=title, body=f"All about {title}.", page=page)
    articles.announce_change(tenant)
    knowledge.rebuild(tenant.pk)
    return source


def reference(title: str) -> str:
    return f"p{Passage.objects.get(title=title).pk}"


def give_answers(tenant, *used: list[str], at: datetime = NOW, **columns) -> None:
    """A conversation with an answer for each list of references."""
    visitor = Visitor.objects.create(tenant=tenant, first_seen_at=at, last_seen_at=at)
    session = Session.objects.create(tenant=tenant, visitor=visitor, started_at=at, last_heard_at=at)
    for place, references in enumerate(used):
        asked = Message.objects.create(session=session, sequence=place, role="visitor", content="?", created_at=at)
        made = {"state": "done", "created_at": at, "passages_used": references, **columns}
        Answer.objects.create(question=asked, session=session, **made)


def uses(model, name: str) -> list[tuple]:
    return list(model.objects.order_by("day", "pk").values_list(name, "day", "answers"))


def test_an_answer_counts_once_for_a_source_and_once_for_each_article(acme):
    source = make_source(acme, "Bells", "Locks", "Lamps")
    give_answers(acme, [reference("Bells"), reference("Locks")], [reference("Bells")])
    give_answers(acme, [reference("Bells")], at=NOW - timedelta(days=1))

    assert count_helping(now=NOW) == 1
    assert count_helping(now=NOW) == 1

    assert uses(SourceUse, "source") == [(source.pk, YESTERDAY, 1), (source.pk, TODAY, 2)]
    assert sorted(uses(ArticleUse, "article__title")) == [
        ("Bells", YESTERDAY, 1),
        ("Bells", TODAY, 2),
        ("Locks", TODAY, 1),
    ]


def test_what_was_counted_stays_when_the_passage_is_gone(acme):
    source = make_source(acme, "Bells")
    give_answers(acme, [reference("Bells")])
    count_helping(now=NOW)
    Article.objects.update(body="Something else.")
    articles.announce_change(acme)
    acme.refresh_from_db()
    knowledge.rebuild(acme.pk)

    count_helping(now=NOW)

    assert uses(SourceUse, "source") == [(source.pk, TODAY, 1)]


def test_refusals_unfinished_answers_and_nonsense_help_nobody(acme):
    make_source(acme, "Bells")
    give_answers(acme, [reference("Bells")], is_unanswered=True)
    give_answers(acme, [reference("Bells")], state="abandoned")
    give_answers(acme, ["p0", "nonsense", "p" + "9" * 30, "p1; DROP"], [])

    count_helping(now=NOW)

    assert (SourceUse.objects.count(), ArticleUse.objects.count()) == (0, 0)


def test_an_answer_of_another_tenant_counts_for_nobody(acme, rival):
    make_source(acme, "Bells")
    make_source(rival, "Gongs")
    give_answers(rival, [reference("Bells")])

    count_helping(now=NOW)

    assert SourceUse.objects.count() == 0


def test_articles_typed_by_hand_have_no_source_to_count_for(acme):
    make_source(acme, "Bells")
    articles.save_article(acme, articles.ArticleText(title="Ours", body="Typed."))
    acme.refresh_from_db()
    knowledge.rebuild(acme.pk)
    give_answers(acme, [reference("Ours")])

    count_helping(now=NOW)

    assert (SourceUse.objects.count(), ArticleUse.objects.count()) == (0, 0)


def test_after_a_month_it_is_forgotten(acme):
    source = make_source(acme, "Bells")
    SourceUse.objects.create(source=source, day=TODAY - timedelta(days=32), answers=5)
    SourceUse.objects.create(source=source, day=TODAY - timedelta(days=31), answers=4)

    count_helping(now=NOW)

    assert [answers for _, _, answers in uses(SourceUse, "source")] == [4]


def test_staff_see_how_often_a_source_helped_and_what_never_did(cast, acme):
    source = make_source(acme, "Bells", "Locks", "Lamps")
    today = datetime.now(UTC).date()
    for days, answers in ((0, 11), (29, 3), (30, 100)):
        SourceUse.objects.create(source=source, day=today - timedelta(days=days), answers=answers)
    ArticleUse.objects.create(article=Article.objects.get(title="Bells"), day=today, answers=11)
    viewer = cast.client_of("viewer", acme)

    assert "helped 14 times in 30 days" in viewer.get("/admin/tenants/source/").content.decode()
    page = viewer.get(reverse("admin:tenants_source_change", args=[source.pk])).content.decode()

    assert "Helped 14 times in 30 days." in page
    assert "Of its 3 articles, 2 never did." in page
