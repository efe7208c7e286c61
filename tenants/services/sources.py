"""Where knowledge is read from: adding, reading again, taking away, and what a colleague says of new texts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from caty.lib.errors import CatyError, NotFound
from tenants.knowledge.articles import announce_change, has_gaps
from tenants.knowledge.crawler.addresses import Scope, normalise, secured
from tenants.models import Article, Source, SourceFile, Tenant
from tenants.models.sources import MOST_CHARACTERS, MOST_FILE_BYTES
from tenants.origins import host_of
from tenants.services.jobs import TooManyJobs, cancel_job, start_job

KIND = "tenants.read_source"
STAFF_COLUMNS = (
    *("name", "address", "include", "exclude", "most_pages", "most_depth", "reads_hidden", "category", "is_reviewed"),
    *("every_days", "due_at"),
)
MOST_SOURCES = 100  # of one tenant
MOST_TENANT_FILE_BYTES = 100 * 1024 * 1024
MOST_STARTED = 20  # sources a sweep; the next one takes the rest
TRY_AGAIN_AFTER = timedelta(hours=1)


class SourceInvalid(CatyError):
    message = "This can't be read."


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as it came."""

    name: str
    media_type: str
    content: bytes


def pasted(text: str) -> Upload:
    """A pasted text, Markdown or plain, as what `create_source` takes. Raises SourceInvalid."""
    if not any(map(str.isalnum, text)):
        raise SourceInvalid(_("Paste a text."))
    if len(text) > MOST_CHARACTERS:
        raise SourceInvalid(_("This text is longer than 100,000 characters. Cut it into several."))
    return Upload(name="text.md", media_type="text/markdown; charset=utf-8", content=text.encode())


def create_source(
    source: Source,
    *,
    user_id: int | None,
    now: datetime,
    address: str = "",
    upload: Upload | None = None,
    seconds: int | None = None,
) -> Source:
    """Keep a new source and have it read, a site for at most so many `seconds`. `source` is not stored yet.

    Raises SourceInvalid and TooManyJobs.
    """
    with transaction.atomic():
        # One at a time for a tenant, so that the bounds hold.
        Tenant.objects.select_for_update(no_key=True).only("pk").get(pk=source.tenant_id)
        if Source.objects.for_tenant(source.tenant).count() >= MOST_SOURCES:
            raise SourceInvalid(_("There are a hundred sources already. Delete one that is no longer needed."))
        if source.is_kept_here:
            _require_file(source.tenant, upload)
            source.address, source.name = "", source.name or _name_of(source, upload)
        else:
            source.address = own_address(source.tenant, address or source.address)
        source.created_by_id = user_id
        source.save()
        if upload and source.is_kept_here:
            SourceFile.objects.create(
                source=source,
                name=upload.name[:200],
                media_type=upload.media_type[:100],
                size_bytes=len(upload.content),
                content=upload.content,
            )
        _start(source, user_id=user_id, now=now, seconds=seconds)
    return source


def change_source(source: Source, *, now: datetime) -> None:
    """Store what staff changed of it. Raises SourceInvalid."""
    if not source.is_kept_here:
        source.address = own_address(source.tenant, source.address)
    source.due_at = source.next_due_at(source.read_at or now)
    source.save(update_fields=STAFF_COLUMNS)  # the others are the reading's, which may be going on


def change_text(source: Source, text: str, *, user_id: int | None, now: datetime) -> bool:
    """Have another text in place of the pasted one, in answers once it has been read; whether it is another.

    Raises SourceInvalid and TooManyJobs.
    """
    upload = pasted(text)
    with transaction.atomic():
        locked = Source.objects.for_tenant(source.tenant).select_for_update(no_key=True).get(pk=source.pk)
        file = SourceFile.objects.select_for_update(no_key=True).get(source=locked)
        if bytes(file.content) == upload.content:
            return False
        file.content, file.size_bytes = upload.content, len(upload.content)
        file.save(update_fields=["content", "size_bytes"])
        if locked.job_id:
            cancel_job(locked.job_id, tenant=source.tenant, now=now)  # it may have read the old one
        _start(locked, user_id=user_id, now=now)
    return True


def read_again(source: Source, *, user_id: int | None, now: datetime, seconds: int | None = None) -> int:
    """Have it read once more: the job's key, that of the running one where it is being read already.

    Raises TooManyJobs.
    """
    with transaction.atomic():
        locked = Source.objects.for_tenant(source.tenant).select_for_update(no_key=True).get(pk=source.pk)
        if locked.job is None or not locked.job.is_open:
            _start(locked, user_id=user_id, now=now, seconds=seconds)
    return locked.job_id


def read_due(*, now: datetime) -> int:
    """Have those read whose time has come; how many. One whose business has too much under way waits an hour."""
    due = Source.objects.filter(due_at__lte=now, tenant__is_active=True).select_related("tenant").order_by("due_at")
    sources = list(due[:MOST_STARTED])
    for source in sources:
        later = now + TRY_AGAIN_AFTER
        try:
            read_again(source, user_id=None, now=now)
        except TooManyJobs:
            later = now + TRY_AGAIN_AFTER
        Source.objects.filter(pk=source.pk).update(due_at=later)
    return len(sources)


def delete_source(source: Source) -> None:
    """Its articles go with it. Raises NotFound."""
    with transaction.atomic():
        found = Source.objects.for_tenant(source.tenant).select_for_update().filter(pk=source.pk).first()
        if found is None:
            raise NotFound
        found.delete()
        announce_change(source.tenant)


def approve_articles(tenant: Tenant, *, article_ids: list[int]) -> int:
    """Use these texts in answers from now on, in one step; how many. A draft with gaps left goes on waiting."""
    with transaction.atomic():
        waiting = Article.objects.for_tenant(tenant).select_for_update().filter(pk__in=article_ids, needs_review=True)
        articles = [article for article in waiting if not has_gaps(article)]
        for article in articles:
            for name, value in (article.proposed or {}).items():
                setattr(article, name, value)
            article.is_published, article.needs_review, article.proposed = True, False, None
            article.save()
        if articles:
            announce_change(tenant)
    return len(articles)


def turn_down_articles(tenant: Tenant, *, article_ids: list[int]) -> int:
    """Leave what is used in answers as it is; how many. A new text stays out of them until somebody publishes it."""
    waiting = Article.objects.for_tenant(tenant).filter(pk__in=article_ids, needs_review=True)
    return waiting.update(needs_review=False, proposed=None)


def own_hosts(tenant: Tenant) -> frozenset[str]:
    """The hosts of a business's own sites: that of its website, and those that its widget may stand on."""
    addresses = [tenant.website, *tenant.origins.values_list("pattern", flat=True)]
    return frozenset(filter(None, map(host_of, addresses)))


def own_address(tenant: Tenant, typed: str) -> str:
    """What staff typed as the address of a page of their own. Raises SourceInvalid."""
    typed = typed.strip()
    address = normalise(typed if "://" in typed else f"https://{typed}") if typed else None
    if address is None:
        raise SourceInvalid(_("Write the address of a page, such as https://www.example.com/help."))
    hosts = own_hosts(tenant)
    if not hosts or not Scope(hosts=hosts).allows_host(address):
        raise SourceInvalid(
            _("Only pages of your own sites can be read. Add the site under “Business and looks” first.")
        )
    return secured(address)


def _require_file(tenant: Tenant, upload: Upload | None) -> None:
    """Raises SourceInvalid."""
    if upload is None or not upload.content:
        raise SourceInvalid(_("Choose a file that is not empty."))
    if len(upload.content) > MOST_FILE_BYTES:
        raise SourceInvalid(_("This file is larger than 10 MB. Cut it into several."))
    files = SourceFile.objects.filter(source__tenant=tenant)
    taken = files.aggregate(total=Sum("size_bytes"))["total"] or 0
    if taken + len(upload.content) > MOST_TENANT_FILE_BYTES:
        raise SourceInvalid(_("Your files have more than 100 MB by now. Delete one that is no longer needed."))


def _name_of(source: Source, upload: Upload) -> str:
    """What to call it where nobody said: as the file, or as the first line of the text."""
    if source.kind == Source.Kind.FILE:
        return upload.name[:200]
    lines = (line.strip("#*_= \t\ufeff") for line in upload.content.decode().splitlines())
    return next(filter(None, lines))[:200]


def _start(source: Source, *, user_id: int | None, now: datetime, seconds: int | None = None) -> None:
    settings = {"source": source.pk} | ({"seconds": seconds} if seconds else {})
    source.job_id = start_job(
        KIND, tenant=source.tenant, user_id=user_id, settings=settings, now=now, message=str(source)[:200]
    )
    source.state = Source.State.READING
    source.save(update_fields=["job", "state"])
