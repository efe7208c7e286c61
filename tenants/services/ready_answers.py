"""Ready answers to begin with, in the language of the business."""

from tenants.models import CannedReply, Tenant
from tenants.texts import FALLBACK, choose_language

# In one of these, else in English: staff word them anew anyway.
STARTING_REPLIES = {
    "en": (
        ("hello", "Hello! I have read your conversation so far. Give me a moment to look into it."),
        ("check", "I have to ask a colleague. May I write to you by e-mail as soon as I know?"),
        ("bye", "Glad I could help! If something else comes up, just write to us here."),
    ),
    "de": (
        ("hallo", "Guten Tag! Ich habe Ihre Unterhaltung gelesen und sehe mir das kurz an."),
        ("klären", "Das muss ich erst klären. Darf ich Ihnen per E-Mail schreiben, sobald ich es weiß?"),
        ("danke", "Gern geschehen! Wenn noch etwas ist, schreiben Sie uns einfach hier."),
    ),
}


def add_starting_replies(tenant: Tenant) -> None:
    """Store three; what has one of their names already stays as it is."""
    language = choose_language(tenant.language, FALLBACK)
    replies = STARTING_REPLIES.get(language, STARTING_REPLIES[FALLBACK])
    rows = [CannedReply(tenant=tenant, name=name, text=text) for name, text in replies]
    CannedReply.objects.bulk_create(rows, ignore_conflicts=True)
