"""Further questions that the list of leads is asked: whose, where from, which tag, when."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.admin.filters import Question

MOST_OFFERED = 15
NEWEST = 500
CAMPAIGN = "utm:"


def seen_lately(request, model_admin) -> dict[str, list[str]]:
    """Tags and campaign sources of the newest leads that this person may see; one query a request, of bounded size."""
    if not hasattr(request, "_seen_lately"):
        rows = model_admin.get_queryset(request).order_by("-captured_at", "-pk").values_list("tags", "utm_source")
        tags, sources = {}, {}
        for own, source in rows[:NEWEST]:
            tags.update(dict.fromkeys(own))
            sources[source] = None
        sources.pop("", None)
        request._seen_lately = {
            "tags": sorted(list(tags)[:MOST_OFFERED]),
            "sources": sorted(list(sources)[:MOST_OFFERED]),
        }
    return request._seen_lately


class WhoseFilter(Question):
    title = _("Whose?")
    parameter_name = "whose"
    words = {"mine": _("Mine"), "nobody": _("Nobody's"), "others": _("A colleague's")}

    def __init__(self, request, *args, **kwargs):
        self.user = request.user
        super().__init__(request, *args, **kwargs)

    def queryset(self, request, queryset):
        mine = {"owner__user": self.user}
        match self.value():
            case "mine":
                return queryset.filter(**mine)
            case "nobody":
                return queryset.filter(owner=None)
            case "others":
                return queryset.exclude(owner=None).exclude(**mine)
        return queryset


class SourceFilter(Question):
    title = _("Where from?")
    parameter_name = "source"
    words = {
        "ad": _("A link that an ad network marked"),
        "campaign": _("Any campaign"),
        "site": _("Another site"),
        "unknown": _("Not known"),
    }
    conditions = {
        "ad": {"ad_network__gt": ""},
        "campaign": {"utm_source__gt": ""},
        "site": {"referrer__gt": "", "utm_source": "", "ad_network": ""},
        "unknown": {"referrer": "", "utm_source": "", "ad_network": ""},
    }

    def lookups(self, request, model_admin):
        sources = [(f"{CAMPAIGN}{name}", name) for name in seen_lately(request, model_admin)["sources"]]
        return [*super().lookups(request, model_admin), *sources]

    def queryset(self, request, queryset):
        asked = self.value() or ""
        if asked.startswith(CAMPAIGN):
            return queryset.filter(utm_source=asked.removeprefix(CAMPAIGN))
        return super().queryset(request, queryset)


class TagFilter(Question):
    title = _("Which tag?")
    parameter_name = "tag"

    def lookups(self, request, model_admin):
        return [(tag, tag) for tag in seen_lately(request, model_admin)["tags"]]

    def has_output(self):
        return bool(self.lookup_choices or self.value())

    def queryset(self, request, queryset):
        return queryset.filter(tags__contains=[self.value()]) if self.value() else queryset


class PeriodFilter(Question):
    title = _("Captured when?")
    parameter_name = "since"
    words = {
        "1": _("Today"),
        "7": _("In the last 7 days"),
        "30": _("In the last 30 days"),
        "90": _("In the last 90 days"),
    }

    def queryset(self, request, queryset):
        if self.value() not in self.words:
            return queryset
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return queryset.filter(captured_at__gte=today - timedelta(days=int(self.value()) - 1))
