"""A mill with a website of its own, and workers that do what waits."""

from collections.abc import Mapping
from datetime import UTC, datetime

from tenants import jobs
from tenants.models import Job
from tenants.tests.crawler.website import Page

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
CSS = ":root { --brand-primary: #14532d } body { background: #fffdf8; color: #222 } a { color: #9a3412 }"
TEXTS = {
    "/": ("Mill Lane Bikes – city bikes and repairs", "We sell and mend city bikes in the old mill. " * 6),
    "/delivery": ("Delivery", "We deliver every bike within five working days, assembled and ready to ride. " * 3),
    "/opening-hours": (
        "Opening hours",
        "We are open from nine to six, Monday to Saturday. On Sundays we are closed. " * 3,
    ),
    "/faq": ("Questions", "You may return a bike within thirty days, if it was not ridden further than a mile. " * 2),
}
GERMAN = {
    "/": (
        "Blumen Rosa – Florist in Köln",
        "Frische Sträuße für jeden Anlass, von Hand gebunden in unserem Laden am Markt.",
    ),
    "/oeffnungszeiten": ("Öffnungszeiten", "Montag bis Freitag von 8 bis 18 Uhr. Sonntags ist geschlossen."),
    "/lieferung": ("Lieferung", "Die Lieferung in Köln kostet 6,90 Euro und kommt am selben Tag an."),
}


def page(path: str, title: str, text: str, language: str = "en", texts: Mapping = TEXTS) -> Page:
    links = "".join(f'<a href="{other}">{other}</a> ' for other in texts if other != path)
    head = f"<title>{title}</title><meta property='og:site_name' content='Mill Lane Bikes'><style>{CSS}</style>"
    head += "<link rel=stylesheet href='/style.css'>"
    asked = "<h2>Can I return a bike?</h2>" if path == "/faq" else ""
    body = f"<nav>{links}</nav><main><h1>{title}</h1>{asked}<p>{text}</p></main>"
    return Page(f"<html lang='{language}'><head>{head}</head><body>{body}</body></html>".encode())


def german_pages() -> dict[str, Page]:
    """A florist's site, by path."""
    return {path: page(path, *texts, language="de", texts=GERMAN) for path, texts in GERMAN.items()}


def pages() -> dict[str, Page]:
    """The mill's whole site, by path."""
    found = {path: page(path, *texts) for path, texts in TEXTS.items()}
    return {**found, "/style.css": Page(b"button { background: #9a3412 }", media_type="text/css")}


def work(now: datetime = NOW) -> None:
    """Let workers do what waits, until nothing does."""
    for _ in range(50):
        job = Job.objects.filter(state="pending").order_by("pk").first()
        if job is None:
            return
        jobs.run_slice(job.pk, now=max(now, job.due_at))
    raise AssertionError("There is no end to it.")
