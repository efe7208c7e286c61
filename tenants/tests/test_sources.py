"""From a site or a file to articles: what is read, what changes when it is read again, and who has the last word."""

from datetime import UTC, datetime, timedelta

import pytest

from tenants import jobs, knowledge
from tenants.knowledge import articles
from tenants.models import Article, Job, Source, SourcePage, Tenant
from tenants.services import cancel_job, sources
from tenants.services.sources import SourceInvalid, Upload
from tenants.tests.crawler.website import Page, publishing, redirect

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
TEXT = "We send every parcel within two working days, and to islands within four. " * 3


def page(title: str, text: str = TEXT, links: tuple[str, ...] = ()) -> Page:
    anchors = "".join(f'<li><a href="{link}">Page {link}</a></li>' for link in links)
    head = f"<html lang='en'><head><title>{title}</title></head>"
    return Page(f"{head}<body><nav><ul>{anchors}</ul></nav><main><h1>{title}</h1><p>{text}</p></main>".encode())


@pytest.fixture
def site(settings, acme):
    """Acme's own site, on loopback."""
    with publishing() as published:
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{published.port}"]
        Tenant.objects.filter(pk=acme.pk).update(website=published.url("/", "127.0.0.1"))
        acme.refresh_from_db()
        published.pages = {
            "/": page(
                "Home", "Welcome to the mill, where we make what you wear. " * 4, links=("/delivery", "/returns")
            ),
            "/delivery": page("Delivery"),
            "/returns": page("Returns", "You may send back what you don't like within thirty days, unworn. " * 3),
        }
        yield published


@pytest.fixture
def source_of(acme, site):
    def create(**columns) -> Source:
        columns = {"kind": "site", "address": site.url("/", "127.0.0.1"), **columns}
        return sources.create_source(Source(tenant=acme, **columns), user_id=None, now=NOW)

    return create


def read(source: Source, now: datetime = NOW) -> Job:
    """Let a worker do it, and give the job as it ended."""
    source.refresh_from_db()
    for _ in range(20):
        if source.job.is_open:
            jobs.run_slice(source.job_id, now=now)
            source.job.refresh_from_db()
    assert not source.job.is_open
    source.refresh_from_db()
    return source.job


def read_again(source: Source, now: datetime = NOW) -> Job:
    sources.read_again(source, user_id=None, now=now)
    return read(source, now)


def titles(tenant: Tenant, **which) -> list[str]:
    return sorted(Article.objects.for_tenant(tenant).filter(**which).values_list("title", flat=True))


def test_a_site_is_read_and_answers_come_from_it(acme, site, source_of):
    source = source_of()

    job = read(source)

    assert (job.state, job.message) == ("done", "3 pages read.")
    assert titles(acme, is_published=True) == ["Delivery", "Home", "Returns"]
    delivery = Article.objects.get(title="Delivery")
    assert (delivery.url, delivery.kind) == (site.url("/delivery", "127.0.0.1"), "page")
    assert (source.state, source.read_at.date(), source.due_at) == ("read", NOW.date(), None)
    knowledge.rebuild(acme.pk)
    assert knowledge.search(acme, "When do you send parcels to islands?").passages[0].url == delivery.url


def test_nothing_changes_before_all_has_been_read(acme, site, source_of, monkeypatch):
    source = source_of()
    read(source)
    before = titles(acme), Tenant.objects.get(pk=acme.pk).knowledge_version
    site.pages["/delivery"] = page("Delivery", "Now we send every parcel on the very same day. " * 4)
    site.pages["/returns"] = page("Returns", "Now you have sixty days to send things back to us. " * 4)
    job_id = sources.read_again(source, user_id=None, now=NOW)

    for minute in range(4):
        jobs.run_slice(job_id, now=NOW + timedelta(minutes=minute), seconds=0)
        assert (titles(acme), Tenant.objects.get(pk=acme.pk).knowledge_version) == before
        assert "very same day" not in Article.objects.get(title="Delivery").body
    assert Job.objects.get(pk=job_id).done == 3
    read(source, NOW + timedelta(minutes=5))

    assert "very same day" in Article.objects.get(title="Delivery").body
    assert "sixty days" in Article.objects.get(title="Returns").body
    assert Tenant.objects.get(pk=acme.pk).knowledge_version == before[1] + 1


def test_what_has_not_changed_moves_nothing(acme, site, source_of):
    source = source_of()
    read(source)
    version = Tenant.objects.get(pk=acme.pk).knowledge_version
    written = dict(Article.objects.values_list("pk", "updated_at"))

    job = read_again(source)

    assert job.message == "3 pages read."
    assert Tenant.objects.get(pk=acme.pk).knowledge_version == version
    assert dict(Article.objects.values_list("pk", "updated_at")) == written


def test_a_page_that_did_not_change_is_asked_for_by_its_mark_and_its_links_are_still_followed(acme, site, source_of):
    site.pages["/"].headers["ETag"] = '"one"'
    source = source_of()
    read(source)
    site.pages["/"] = Page(b"", status=304)

    read_again(source)

    assert [asked.headers.get("if-none-match") for asked in site.asked if asked.path == "/"] == [None, '"one"']
    assert titles(acme) == ["Delivery", "Home", "Returns"]


def test_what_vanished_is_retired_and_what_fails_for_a_moment_stays(acme, site, source_of):
    source = source_of()
    read(source)
    site.pages["/delivery"] = Page(b"oops", status=503)
    del site.pages["/returns"]

    job = read_again(source)

    assert job.message == "1 page read. 1 could not be read."
    assert titles(acme) == ["Delivery", "Home"]
    reasons = dict(source.pages.values_list("state", "reason"))
    assert set(reasons) == {"unchanged", "failed", "gone"}
    assert "404" in reasons["gone"]


def test_a_page_that_nobody_links_to_any_more_is_retired(acme, site, source_of):
    source = source_of()
    read(source)
    site.pages["/"] = page("Home", links=("/delivery",))

    read_again(source)

    assert titles(acme) == ["Delivery", "Home"]
    assert source.pages.count() == 2


def test_a_site_that_is_down_leaves_everything_as_it_was(acme, site, source_of):
    source = source_of(every_days=7)
    read(source)
    for path in site.pages:
        site.pages[path] = Page(b"oops", status=500)

    job = read_again(source, NOW + timedelta(days=7))

    assert job.state == "failed"
    assert (source.state, source.message) == ("failed", job.message)
    assert titles(acme, is_published=True) == ["Delivery", "Home", "Returns"]
    assert source.due_at.date() == (NOW + timedelta(days=14)).date()


def test_words_of_a_colleague_win_over_the_page_s(acme, site, source_of):
    source = source_of()
    read(source)
    delivery = Article.objects.get(title="Delivery")
    mine = articles.ArticleText(title="Delivery", body="Ask Ann.", url=delivery.url, kind="page")
    articles.save_article(acme, mine, article_id=delivery.pk)
    site.pages["/delivery"] = page("Delivery", "Now we send every parcel on the very same day. " * 4)

    job = read_again(source)

    delivery.refresh_from_db()
    assert job.message == "3 pages read. 1 text waits for your word."
    assert (delivery.body, delivery.is_published, delivery.needs_review) == ("Ask Ann.", True, True)
    assert sources.approve_articles(acme, article_ids=[delivery.pk]) == 1
    delivery.refresh_from_db()
    assert "very same day" in delivery.body
    assert (delivery.needs_review, delivery.proposed) == (False, None)


def test_reviewed_texts_answer_nothing_before_somebody_agrees(acme, site, source_of):
    source = source_of(is_reviewed=True)
    job = read(source)
    assert job.message == "3 pages read. 3 texts wait for your word."
    assert titles(acme, is_published=True) == []
    ids = list(Article.objects.filter(title__in=("Home", "Delivery")).values_list("pk", flat=True))

    assert sources.approve_articles(acme, article_ids=ids) == 2
    assert sources.turn_down_articles(acme, article_ids=list(Article.objects.values_list("pk", flat=True))) == 1

    assert titles(acme, is_published=True) == ["Delivery", "Home"]
    assert titles(acme, needs_review=True) == []


def test_a_changed_text_that_waits_leaves_the_old_one_in_answers(acme, site, source_of):
    source = source_of(is_reviewed=True)
    read(source)
    sources.approve_articles(acme, article_ids=list(Article.objects.values_list("pk", flat=True)))
    site.pages["/delivery"] = page("Delivery", "Now we send every parcel on the very same day. " * 4)

    read_again(source)

    delivery = Article.objects.get(title="Delivery")
    assert (delivery.is_published, delivery.needs_review) == (True, True)
    assert "very same day" not in delivery.body
    assert "very same day" in delivery.proposed["body"]
    sources.turn_down_articles(acme, article_ids=[delivery.pk])
    read_again(source)
    assert Article.objects.get(title="Delivery").needs_review is False  # the same news is not told twice


def test_another_tenants_texts_are_nobodys_to_judge(acme, rival, site, source_of):
    source = source_of(is_reviewed=True)
    read(source)
    ids = list(Article.objects.values_list("pk", flat=True))

    assert sources.approve_articles(rival, article_ids=ids) == 0
    assert sources.turn_down_articles(rival, article_ids=ids) == 0

    assert titles(acme, needs_review=True, is_published=False) == ["Delivery", "Home", "Returns"]


def test_robots_txt_and_noindex_are_respected(acme, site, source_of):
    site.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /returns", media_type="text/plain")
    site.pages["/delivery"].headers["X-Robots-Tag"] = "noindex"
    source = source_of()

    read(source)

    assert titles(acme) == ["Home"]
    assert "/returns" not in site.paths
    assert dict(source.pages.values_list("state", "address")).keys() == {"read", "failed", "skipped"}


def test_hidden_pages_are_read_where_staff_say_so_or_named_them(acme, site, source_of):
    for path in ("/", "/delivery"):
        site.pages[path].headers["X-Robots-Tag"] = "noindex"

    read(source_of())
    assert titles(acme) == ["Home", "Returns"]
    read(source_of(reads_hidden=True))

    assert titles(acme) == ["Delivery", "Home", "Home", "Returns", "Returns"]


def test_only_so_many_pages_are_read(acme, site, source_of):
    links = tuple(f"/p{number}" for number in range(50))
    site.pages = {"/": page("Home", links=links)} | {link: page(f"Page {link}", links=links) for link in links}
    source = source_of(most_pages=7)

    read(source)

    assert source.pages.count() == 7
    assert len([path for path in site.paths if path != "/robots.txt"]) == 7


def test_links_are_followed_as_far_as_was_said(acme, site, source_of):
    chain = {f"/{number}": page(f"Page {number}", links=(f"/{number + 1}",)) for number in range(1, 6)}
    site.pages = {"/": page("Home", links=("/1",)), **chain}

    read(source_of(most_depth=2))

    assert titles(acme) == ["Home", "Page 1", "Page 2"]


def test_only_the_wanted_part_of_a_site_is_read_wherever_it_begins(acme, site, source_of):
    links = ("/help/parcels", "/help/money", "/blog/news")
    site.pages = {"/": page("Home", links=links)} | {link: page(f"Page {link}") for link in links}

    read(source_of(include=["/help"], exclude=["/help/money"]))

    assert titles(acme) == ["Home", "Page /help/parcels"]
    assert "/blog/news" not in site.paths


def test_one_page_is_one_page(acme, site, source_of):
    read(source_of(kind="page", address=site.url("/delivery", "127.0.0.1")))

    assert titles(acme) == ["Delivery"]
    assert site.paths == ["/robots.txt", "/delivery"]


def test_the_pages_of_a_sitemap_are_read_and_no_others(acme, site, source_of):
    places = "".join(f"<url><loc>{site.url(path, '127.0.0.1')}</loc></url>" for path in ("/delivery", "/returns"))
    foreign = "<url><loc>https://other.example/</loc></url>"
    site.pages["/sitemap.xml"] = Page(
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}{foreign}</urlset>'.encode(),
        media_type="application/xml",
    )

    read(source_of(kind="sitemap", address=site.url("/sitemap.xml", "127.0.0.1")))

    assert titles(acme) == ["Delivery", "Returns"]


def test_a_redirect_to_another_site_is_not_followed(acme, site, source_of):
    site.pages["/delivery"] = redirect("http://127.0.0.2:1/")

    job = read(source_of())

    assert job.message == "2 pages read. 1 could not be read."
    assert titles(acme) == ["Home", "Returns"]


def test_a_page_under_two_addresses_is_read_once(acme, site, source_of):
    site.pages["/"] = page("Home", "Welcome to the mill. " * 8, links=("/shipping", "/delivery"))
    site.pages["/shipping"] = redirect("/delivery")

    read(source_of())

    assert titles(acme) == ["Delivery", "Home"]
    assert Article.objects.get(title="Delivery").url == site.url("/delivery", "127.0.0.1")


def test_a_killed_workers_reading_goes_on_where_it_was(acme, site, source_of):
    source = source_of()
    jobs.run_slice(source.job_id, now=NOW, seconds=0)  # begun, and then the process is gone
    Job.objects.filter(pk=source.job_id).update(state="running", lease_until=NOW)

    jobs.jobs.return_expired(now=NOW + timedelta(minutes=3))
    read(source, NOW + timedelta(minutes=3))

    assert titles(acme) == ["Delivery", "Home", "Returns"]
    assert source.round == 1


def test_what_a_stopped_reading_had_read_is_not_lost(acme, site, source_of):
    for path in site.pages:
        site.pages[path].headers["ETag"] = '"one"'
    source = source_of()
    jobs.run_slice(source.job_id, now=NOW, seconds=0)  # begins
    jobs.run_slice(source.job_id, now=NOW + timedelta(minutes=1), seconds=0)  # has read the first page
    cancel_job(source.job_id, tenant=acme, now=NOW)
    assert source.pages.get(depth=0).state == "read"
    site.pages["/"] = Page(b"", status=304)

    read_again(source)

    assert titles(acme) == ["Delivery", "Home", "Returns"]


def test_a_page_that_could_not_be_read_does_not_count_as_read_when_it_is_unchanged(acme, site, source_of):
    site.pages["/delivery"] = Page(b"<html><body></body></html>", headers={"ETag": '"one"'})
    source = source_of()
    read(source)

    job = read_again(source)

    assert job.message == "2 pages read. 1 could not be read."
    assert [asked.headers.get("if-none-match") for asked in site.asked if asked.path == "/delivery"] == [None, None]


def test_a_table_of_questions_becomes_an_article_each(acme):
    rows = 'Question,Answer\nDo you ship to Malta?,"Yes, in five days."\nDo you gift-wrap?,For two euros.\n'
    upload = Upload(name="faq.csv", media_type="text/csv", content=rows.encode())
    source = sources.create_source(Source(tenant=acme, kind="file"), user_id=None, now=NOW, upload=upload)

    job = read(source)

    assert job.message == "1 page read."
    assert titles(acme, kind="question") == ["Do you gift-wrap?", "Do you ship to Malta?"]
    assert source.name == "faq.csv"


def test_a_file_that_can_not_be_read_says_why(acme):
    upload = Upload(name="old.pdf", media_type="application/pdf", content=b"%PDF-1.4 and nothing more")
    source = sources.create_source(Source(tenant=acme, kind="file"), user_id=None, now=NOW, upload=upload)

    job = read(source)

    assert job.state == "failed"
    assert job.message == source.message != ""
    assert "Error" not in job.message
    assert titles(acme) == []


def test_deleting_a_source_takes_its_articles_along_and_no_others(acme, site, source_of):
    articles.save_article(acme, articles.ArticleText(title="Ours", body="Typed by hand."))
    source = source_of()
    read(source)
    version = Tenant.objects.get(pk=acme.pk).knowledge_version

    sources.delete_source(source)

    assert titles(acme) == ["Ours"]
    assert SourcePage.objects.count() == 0
    assert Tenant.objects.get(pk=acme.pk).knowledge_version == version + 1


def test_a_source_whose_time_has_come_is_read_by_itself(acme, site, source_of):
    source = source_of(every_days=7)
    read(source)
    assert source.due_at == source.read_at + timedelta(days=7)
    site.pages["/delivery"] = page("Delivery", "Now we send every parcel on the very same day. " * 4)

    assert sources.read_due(now=NOW + timedelta(days=6)) == 0
    assert sources.read_due(now=source.due_at) == 1
    read(source, NOW + timedelta(days=8))

    assert "very same day" in Article.objects.get(title="Delivery").body
    assert source.due_at.date() == (NOW + timedelta(days=15)).date()


@pytest.mark.parametrize(
    "address", ["", "no address", "ftp://acme.example/", "https://other.example/", "http://169.254.169.254/latest"]
)
def test_only_pages_of_ones_own_sites_are_read(acme, address):
    with pytest.raises(SourceInvalid):
        sources.create_source(Source(tenant=acme, kind="page", address=address), user_id=None, now=NOW)

    assert (Source.objects.count(), Job.objects.count()) == (0, 0)


def test_an_empty_and_a_large_file_are_refused(acme):
    for content in (b"", b"x" * (10 * 1024 * 1024 + 1)):
        upload = Upload(name="a.txt", media_type="text/plain", content=content)
        with pytest.raises(SourceInvalid):
            sources.create_source(Source(tenant=acme, kind="file"), user_id=None, now=NOW, upload=upload)

    assert (Source.objects.count(), Job.objects.count()) == (0, 0)


def paste(acme, text: str, **columns) -> Source:
    source = Source(tenant=acme, kind="text", **columns)
    return sources.create_source(source, user_id=None, now=NOW, upload=sources.pasted(text))


HOUSE_RULES = "# House rules\n\n## Dogs\n\nDogs are welcome.\n\n## Smoking\n\nOutside only.\n"


def test_a_pasted_text_becomes_an_article_under_its_heading(acme):
    source = paste(acme, HOUSE_RULES)

    job = read(source)

    assert job.message == "1 page read."
    assert (source.name, source.address) == ("House rules", "")
    article = Article.objects.get()
    assert (article.title, article.url, article.kind) == ("House rules", "", "page")
    assert article.body == "## Dogs\n\nDogs are welcome.\n\n## Smoking\n\nOutside only."


def test_another_text_takes_the_place_of_a_pasted_one_and_the_parts_that_stayed_keep_their_references(acme):
    source = paste(acme, HOUSE_RULES, name="Rules")
    read(source)
    knowledge.rebuild(acme.pk)
    before = dict(acme.passages.values_list("body", "pk"))

    changed = sources.change_text(source, HOUSE_RULES.replace("Outside only.", "Nowhere."), user_id=None, now=NOW)
    assert Article.objects.get().body.endswith("Outside only.")  # until it has been read
    read(source)
    knowledge.rebuild(acme.pk)

    assert changed is True
    after = dict(acme.passages.values_list("body", "pk"))
    kept = {body: pk for body, pk in before.items() if after.get(body) == pk}
    assert [body for body in kept if "Dogs" in body]
    assert not [body for body in after if "Outside" in body]


def test_the_same_text_once_more_reads_nothing(acme):
    source = paste(acme, HOUSE_RULES)
    read(source)

    assert sources.change_text(source, HOUSE_RULES, user_id=None, now=NOW) is False

    assert Job.objects.count() == 1


def test_a_pasted_text_that_is_reviewed_waits_for_somebodys_word(acme):
    source = paste(acme, HOUSE_RULES, is_reviewed=True)

    assert read(source).message == "1 page read. 1 text waits for your word."
    assert titles(acme, is_published=True) == []


@pytest.mark.parametrize("text", ["", " \n# \n", "x" * 100_001])
def test_an_empty_and_a_long_text_are_refused(acme, text):
    with pytest.raises(SourceInvalid):
        paste(acme, text)

    assert (Source.objects.count(), Job.objects.count()) == (0, 0)
