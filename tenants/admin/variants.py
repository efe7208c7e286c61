"""What a model wrote as other ways to ask an article's question, on the article's page."""

from django.contrib import messages
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tenants.admin.object_actions import object_action
from tenants.knowledge import variants
from tenants.models import Article
from tenants.texts import LANGUAGES


class WrittenVariants:
    """For the admin of articles: mix in before ObjectActions, and name `throw_away` and `write_anew` among its
    actions."""

    change_form_outer_after_template = "admin/tenants/article_variants.html"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        article = self.get_object(request, object_id)
        context = written_context(article) if article else {}
        context["may_change_written"] = bool(article) and self.has_change_permission(request, article)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    @object_action(label=_("Throw the ticked ones away"), has_button=False)
    def throw_away(self, request, article):
        wordings = request.POST.getlist("wording")
        if not wordings:
            return
        variants.throw_away(article.tenant, article_id=article.pk, wordings=wordings)
        words = ngettext("%d wording was thrown away.", "%d wordings were thrown away.", len(wordings))
        self.message_user(request, words % len(wordings), messages.SUCCESS)

    @object_action(label=_("Write them all anew"), has_button=False)
    def write_anew(self, request, article):
        variants.write_anew(article.tenant, article_id=article.pk)
        words = _("Claude writes them anew within a few minutes. Until then these serve.")
        self.message_user(request, words, messages.SUCCESS)


def written_context(article: Article) -> dict:
    """What the page says of the wordings; nothing for a page of text."""
    if article.kind != Article.Kind.QUESTION:
        return {}
    written = [
        {"language": LANGUAGES.get(language, language), "wordings": wordings}
        for language, wordings in variants.written_for(article).items()
        if wordings
    ]
    return {"written": written, "shows_written": bool(written) or article.tenant.writes_variants}
