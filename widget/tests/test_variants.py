"""Other ways to ask, from the sweep to the answer of a visitor."""

from datetime import timedelta

import pytest

from tenants import knowledge
from tenants.knowledge.articles import ArticleText, save_article
from tenants.models import Article, Spending, Tenant, VariantProgress
from widget.engine.model import ModelUnavailable
from widget.services import variants
from widget.tests.conftest import NOW, VisitorAt

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


@pytest.fixture
def shop(acme):
    Tenant.objects.filter(pk=acme.pk).update(languages=["de"])
    for title, body in (
        ("How long does delivery take?", "Parcels arrive in two to three working days."),
        ("Can I return a lamp?", "You may send any lamp back within thirty days."),
    ):
        save_article(acme, ArticleText(title=title, body=body))
    acme.refresh_from_db()
    return acme


def texts(ref: str, **by_language) -> dict:
    return {"ref": ref, "wordings": [{"language": key, "texts": found} for key, found in by_language.items()]}


BOTH = {
    "articles": [
        texts("1", de=["Wann kommt mein Paket?", "Lieferdauer"], en=["where is my parcel"]),
        texts("2", de=["Lampe zurückgeben"], en=["send it back"]),
    ]
}


def write(tenant, now=NOW) -> int:
    return variants.write_variants(tenant_id=tenant.pk, now=now)


def stored(title: str) -> dict:
    return Article.objects.get(title__startswith=title).written_variants


def test_a_visitor_is_understood_in_both_languages(shop, scripted):
    knowledge.rebuild(shop.pk)
    assert not knowledge.search(shop, "Wann kommt mein Paket?").passages
    model = scripted(BOTH)

    assert variants.hint_writers(now=NOW) == 1
    assert (write(shop), write(shop)) == (2, 0)
    knowledge.rebuild(shop.pk)

    scripted(ModelUnavailable("timeout"))
    for question in ("Wann kommt mein Paket?", "where is my parcel"):
        assert "two to three working days" in VisitorAt(shop).say(question).content
    assert model.calls == 1


def test_once_all_is_written_nothing_more_is_asked(shop, scripted):
    model = scripted(BOTH)
    versions = [write(shop) and None, write(shop), write(shop)]
    before = shop.knowledge_version
    shop.refresh_from_db()

    assert versions == [None, 0, 0]
    assert shop.knowledge_version == before + 1
    assert variants.hint_writers(now=NOW) == 0
    assert model.calls == 1


def test_what_it_costs_is_on_the_tenants_account(shop, scripted):
    scripted(BOTH, input_tokens=1000, output_tokens=500)

    write(shop)

    assert {row.spent_microusd for row in Spending.objects.filter(tenant=shop)} == {350}
    assert {row.reserved_microusd for row in Spending.objects.all()} == {0}


def test_without_money_nothing_is_asked_for_an_hour(shop, scripted):
    model = scripted(BOTH)
    Tenant.objects.filter(pk=shop.pk).update(daily_budget_microusd=0)

    assert write(shop) == 0

    assert model.calls == 0
    assert variants.hint_writers(now=NOW + timedelta(minutes=59)) == 0
    assert variants.hint_writers(now=NOW + timedelta(minutes=60)) == 1


def test_two_workers_at_once_pay_once_whomever_they_write_for(shop, rival, scripted):
    """The second comes while the first waits for the model."""
    save_article(rival, ArticleText(title="How long does delivery take?", body="A week."))

    def second_worker(prompt):
        assert (write(shop), write(rival)) == (0, 0)
        return BOTH

    model = scripted(second_worker)

    assert write(shop) == 2
    assert model.calls == 1


def test_without_a_model_nothing_happens(shop):
    assert variants.hint_writers(now=NOW) == 0
    assert write(shop) == 0
    assert not VariantProgress.objects.exists()


@pytest.mark.parametrize("column", ["is_active", "writes_variants"])
def test_a_tenant_that_is_switched_off_spends_nothing(shop, scripted, column):
    model = scripted(BOTH)
    Tenant.objects.filter(pk=shop.pk).update(**{column: False})

    assert write(shop) == 0
    assert model.calls == 0


def test_an_answer_of_no_use_is_tried_four_times_with_growing_pauses(shop, scripted):
    model = scripted("nonsense")
    pauses, now = [], NOW
    for _ in range(4):
        write(shop, now)
        due_at = VariantProgress.objects.get(tenant=shop).due_at
        pauses.append((due_at - now).total_seconds() / 60)
        now = due_at

    assert pauses == [10, 20, 40, 5]
    assert (write(shop, now), model.calls) == (0, 4)
    assert stored("How long") == {}
    assert variants.hint_writers(now=LATER) == 0


def test_a_model_that_is_away_is_never_given_up(shop, scripted):
    now = NOW
    scripted(ModelUnavailable("rejected"))
    for _ in range(12):
        write(shop, now)
        now = VariantProgress.objects.get(tenant=shop).due_at
    assert now - NOW < timedelta(days=8)

    scripted(BOTH)

    assert write(shop, now) == 2


def test_while_the_model_rests_it_is_not_asked(shop, scripted):
    model = scripted(ModelUnavailable("timeout"))
    for _ in range(7):
        write(shop)

    assert model.calls == 5


def test_an_article_that_was_left_out_is_asked_about_again(shop, scripted):
    model = scripted({"articles": [texts("1", de=["Lieferdauer"])]}, {"articles": [texts("1", en=["send it back"])]})

    assert [write(shop), write(shop), write(shop)] == [1, 1, 0]

    assert stored("Can I") == {"en": ["send it back"]}
    assert "delivery" not in model.prompts[1].message


def test_another_articles_own_question_is_no_way_to_ask_this_one(shop, scripted):
    save_article(
        shop, ArticleText(title="Zahlung auf Rechnung?", body="Ja, ab dem zweiten Einkauf.", is_published=True)
    )
    scripted({"articles": [texts("1", de=["zahlung auf rechnung", "Lieferdauer"])]})

    write(shop)

    assert stored("How long") == {"de": ["Lieferdauer"]}


def test_what_was_thrown_away_is_told_to_the_model(shop, scripted):
    from tenants.knowledge import variants as kept

    scripted(BOTH)
    write(shop)
    article = Article.objects.get(title__startswith="How long")
    kept.throw_away(shop, article_id=article.pk, wordings=["Lieferdauer"])
    kept.write_anew(shop, article_id=article.pk)
    model = scripted({"articles": [texts("1", de=["Lieferdauer!", "Paketlaufzeit"])]})

    write(shop, LATER)

    assert "There already: lieferdauer" in model.prompts[0].message
    assert stored("How long") == {"de": ["Paketlaufzeit"]}


def test_a_changed_question_is_written_for_anew(shop, scripted):
    scripted(BOTH)
    write(shop)
    article = Article.objects.get(title__startswith="Can I")

    save_article(shop, ArticleText(title="May I send a lamp back?", body="Yes."), article_id=article.pk)

    assert variants.hint_writers(now=NOW) == 1
    scripted({"articles": [texts("1", en=["refund"])]})
    assert write(shop) == 1
    assert stored("May I") == {"en": ["refund"]}
