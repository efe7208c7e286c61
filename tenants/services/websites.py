"""A business's own website, as somebody typed it."""

from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from tenants import origins
from tenants.knowledge.crawler.addresses import Scope, normalise, secured
from tenants.models import Source, SourcePage, Tenant
from tenants.services.businesses import allow_origin
from tenants.services.sources import SourceInvalid, own_hosts


def clean_website(typed: str) -> str:
    """The address of what somebody calls their site: `Example.com` → `https://example.com/`. Raises SourceInvalid."""
    typed = typed.strip()
    address = normalise(typed if "://" in typed else f"https://{typed}") if typed else None
    host = urlsplit(address).hostname if address else ""
    if not address or not host or ("." not in host and host != "localhost"):
        raise SourceInvalid(_("Write the address of your website, such as example.com."))
    return secured(address)


def make_own(tenant: Tenant, address: str) -> None:
    """Have this site be the business's website, where its assistant may stand, unless it is one of its own already.

    In the caller's transaction.
    """
    if Scope(hosts=own_hosts(tenant)).allows_host(address):
        return
    tenant.website = site_of(address) + "/"
    tenant.save(update_fields=["website"])
    allow_origin(tenant, site_of(address))


def allow_sites_read(source: Source) -> None:
    """Let the assistant stand where the pages of a source were found: example.com may have led to www.example.com."""
    patterns = list(source.tenant.origins.values_list("pattern", flat=True))
    addresses = source.pages.filter(state__in=SourcePage.WELL).values_list("address", flat=True)
    for site in dict.fromkeys(map(site_of, addresses)):
        if not origins.find_pattern(site, patterns):
            allow_origin(source.tenant, site)


def site_of(address: str) -> str:
    """Scheme, host and port of a page's address."""
    return "/".join(address.split("/", 3)[:3])
