"""The pages about sources, as an editor meets them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tenants import jobs, services
from tenants.models import Article, Job, Source, Tenant
from tenants.services import sources
from tenants.tests.crawler.website import Page, publishing

pytestmark = pytest.mark.django_db
ADD = "/admin/tenants/source/add/"
ASKED = {"kind": "site", "most_pages": 200, "most_depth": 3, "every_days": 0, "name": "", "category": ""}


@pytest.fixture
def editor(cast, acme):
    return cast.client_of("editor", acme)


@pytest.fixture
def site(settings, acme):
    with publishing() as published:
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{published.port}"]
        Tenant.objects.filter(pk=acme.pk).update(website=published.url("/", "127.0.0.1"))
        body = "<title>Delivery</title><main><h1>Delivery</h1><p>" + "We send parcels within two days. " * 5
        published.pages["/"] = Page(body.encode())
        yield published


def do(client, source, name: str):
    return client.post(reverse(f"admin:tenants_source_{name}", args=[source.pk]), follow=True)


def text_of(response) -> str:
    return response.content.decode()


def run(source) -> None:
    source.refresh_from_db()
    jobs.run_slice(source.job_id, now=source.job.due_at)


def test_a_site_is_added_and_can_be_watched_at_once(editor, site):
    response = editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1"), "is_reviewed": "on"})

    source = Source.objects.get()
    assert response.url == reverse("admin:tenants_job_change", args=[source.job_id])
    run(source)
    page = text_of(editor.get(reverse("admin:tenants_source_change", args=[source.pk])))
    assert "1 page read. 1 text waits for your word." in page
    assert site.url("/", "127.0.0.1") in page


def test_new_texts_are_used_when_somebody_says_so(editor, site):
    editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1"), "is_reviewed": "on"})
    source = Source.objects.get()
    run(source)
    article = Article.objects.get()
    assert "This text waits for your word" in text_of(
        editor.get(reverse("admin:tenants_article_change", args=[article.pk]))
    )

    assert "1 text is used in answers now." in text_of(do(editor, source, "use_all"))

    article.refresh_from_db()
    assert (article.is_published, article.needs_review) == (True, False)


def test_new_texts_can_be_turned_down(editor, site):
    editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1"), "is_reviewed": "on"})
    source = Source.objects.get()
    run(source)

    assert "1 text was left out." in text_of(do(editor, source, "turn_down_all"))

    assert Article.objects.get().is_published is False


def test_what_could_not_be_read_is_told_with_its_reason(editor, site):
    del site.pages["/"]
    editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1")})
    source = Source.objects.get()
    run(source)

    page = text_of(editor.get(reverse("admin:tenants_source_change", args=[source.pk])))

    assert "Could not be read" in text_of(editor.get("/admin/tenants/source/"))
    assert "404" in page
    assert "Traceback" not in page


def test_a_file_is_uploaded(editor):
    file = SimpleUploadedFile("faq.csv", b"Question,Answer\nDo you ship abroad?,Yes we do.\n", content_type="text/csv")

    editor.post(ADD, {**ASKED, "kind": "file", "upload": file})

    source = Source.objects.get()
    run(source)
    assert Article.objects.get().title == "Do you ship abroad?"
    assert source.name == "faq.csv"


def test_a_text_is_pasted_and_changed_later(editor):
    editor.post(ADD, {**ASKED, "kind": "text", "text": "# Dogs\r\n\r\nDogs are welcome."})
    source = Source.objects.get()
    run(source)
    assert Article.objects.get().title == source.name == "Dogs"
    page = reverse("admin:tenants_source_change", args=[source.pk])
    assert "Dogs are welcome." in text_of(editor.get(page))

    editor.post(page, {**ASKED, "kind": "text", "name": "Pets", "text": "# Dogs\r\n\r\nNo dogs."})
    run(source)

    assert (Article.objects.get().body, source.name) == ("No dogs.", "Pets")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"kind": "file"}, "Choose a file."),
        ({"kind": "text"}, "Paste a text."),
        ({"kind": "text", "text": "x" * 100_001}, "at most 100000 characters"),
        ({"address": ""}, "Write the address of a page"),
        ({"address": "https://elsewhere.example/"}, "Only pages of your own sites can be read."),
        ({"address": "https://acme.example/", "most_pages": 5000}, "less than or equal to 2000"),
    ],
)
def test_what_can_not_be_read_is_refused_in_words(editor, asked, words):
    response = editor.post(ADD, {**ASKED, **asked})

    assert response.status_code == 200
    assert words in text_of(response)
    assert (Source.objects.count(), Job.objects.count()) == (0, 0)


def test_an_editor_changes_what_is_read_and_how_often(editor, site):
    editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1")})
    source = Source.objects.get()
    run(source)
    asked = {**ASKED, "kind": "file", "address": site.url("/help", "127.0.0.1"), "exclude": "/blog", "every_days": 7}

    editor.post(reverse("admin:tenants_source_change", args=[source.pk]), asked)

    source.refresh_from_db()
    assert (source.kind, source.exclude, source.every_days) == ("site", ["/blog"], 7)
    assert source.address == site.url("/help", "127.0.0.1")
    assert source.due_at is not None


def test_a_changed_address_of_somebody_else_is_refused(editor, site):
    editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1")})
    source = Source.objects.get()

    response = editor.post(
        reverse("admin:tenants_source_change", args=[source.pk]), {**ASKED, "address": "https://elsewhere.example/"}
    )

    assert "Only pages of your own sites can be read." in text_of(response)
    source.refresh_from_db()
    assert source.address == site.url("/", "127.0.0.1")


def test_it_is_read_again_at_a_click_and_only_once_at_a_time(editor, site):
    editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1")})
    source = Source.objects.get()
    run(source)

    do(editor, source, "read_again")
    do(editor, source, "read_again")

    assert Job.objects.filter(kind="tenants.read_source").count() == 2


def test_a_reading_that_was_cancelled_can_be_begun_again(editor, acme, site):
    editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1")})
    source = Source.objects.get()
    services.cancel_job(source.job_id, tenant=acme, now=source.created_at)

    assert "Stopped" in text_of(editor.get("/admin/tenants/source/"))
    assert "stopped before its end" in text_of(editor.get(reverse("admin:tenants_source_change", args=[source.pk])))
    do(editor, source, "read_again")
    run(source)

    assert Article.objects.count() == 1


def test_a_change_by_staff_does_not_disturb_the_reading(editor, acme, site):
    editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1")})
    opened = Source.objects.get()
    run(Source.objects.get())

    opened.name = "Our site"
    sources.change_source(opened, now=opened.created_at)

    source = Source.objects.get()
    assert (source.name, source.state, source.round) == ("Our site", "read", 1)


def test_a_viewer_reads_nothing_again_and_judges_nothing(cast, acme, site, editor):
    editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1"), "is_reviewed": "on"})
    source = Source.objects.get()
    run(source)
    viewer = cast.client_of("viewer", acme)

    for name in ("read_again", "use_all", "turn_down_all"):
        assert do(viewer, source, name).status_code == 403

    assert Article.objects.get().needs_review is True
    assert Job.objects.count() == 1


def test_what_a_page_says_is_never_markup(editor, site):
    site.pages["/"] = Page(
        b"<title>&lt;script&gt;alert(1)&lt;/script&gt;</title><main><p>&lt;script&gt;alert(2)&lt;/script&gt; "
        + b"and words enough to be kept as a text of this page. " * 4
    )
    editor.post(ADD, {**ASKED, "address": site.url("/", "127.0.0.1"), "is_reviewed": "on"})
    source = Source.objects.get()
    run(source)

    for address in (
        reverse("admin:tenants_source_change", args=[source.pk]),
        reverse("admin:tenants_article_change", args=[Article.objects.get().pk]),
        reverse("admin:tenants_article_changelist"),
    ):
        assert "<script>alert" not in text_of(editor.get(address))
