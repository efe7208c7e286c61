"""The admin's sidebar, in the words of a business."""

from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.staff import EDITORS, EVERYONE, OPERATOR, OWNERS, staff_of
from widget.services import inbox


def stylesheet(request) -> str:
    return static("caty/admin.css")


def icon(request) -> str:
    return static("caty/icon.svg")


HOME = "index"
CONVERSATIONS = "widget_session_changelist"  # a conversation has an address apart from its list


def sidebar(request) -> list[dict]:
    """Groups of links; those a person may not open are left out, and so are groups without any."""
    links = {name: reverse(f"admin:{name}") for _title, items in GROUPS for _, _, name, _ in items}
    active = _active_entry(request.path, links)
    groups = [
        {"title": title, "items": [_item(request, links, active, *item) for item in items]} for title, items in GROUPS
    ]
    return [{**group, "items": [item for item in group["items"] if item]} for group in groups if any(group["items"])]


def _item(request, links, active, title, icon, url_name, roles) -> dict | None:
    if not staff_of(request).has_role(roles):
        return None
    item = {"title": title, "icon": icon, "link": links[url_name], "active": url_name == active}
    # The inbox itself shows as much, and keeps it up to date.
    if url_name == "widget_inbox" and not item["active"]:
        item["badge"] = inbox.count_attention(request.user, timezone.now())
    return item


def _active_entry(path: str, links: dict[str, str]) -> str | None:
    """The url name of the entry that a page belongs to: the one whose address is most of the page's own. With the home
    page's all begin, so that one is marked on itself alone.
    """
    if path.startswith(f"{links[HOME]}conversations/"):
        return CONVERSATIONS
    begun = [name for name, link in links.items() if path == link or (name != HOME and path.startswith(link))]
    return max(begun, key=lambda name: len(links[name]), default=None)


GROUPS = (
    (
        None,
        (
            (_("Home"), "home", "index", EVERYONE),
            (_("Inbox"), "mark_unread_chat_alt", "widget_inbox", EVERYONE),
            (_("Conversations"), "forum", "widget_session_changelist", EVERYONE),
            (_("Unanswered questions"), "help", "widget_unansweredquestion_changelist", EVERYONE),
            (_("How visitors were answered"), "monitoring", "widget_reports", EVERYONE),
        ),
    ),
    (
        _("Leads"),
        (
            (_("All leads"), "contact_page", "leads_lead_changelist", EVERYONE),
            (_("Deliveries"), "local_shipping", "leads_delivery_changelist", EVERYONE),
            (_("Connections"), "hub", "leads_connection_changelist", EVERYONE),
            (_("My notifications"), "notifications", "leads_staffmail_mine", EVERYONE),
        ),
    ),
    (
        _("Your assistant"),
        (
            (_("Knowledge"), "menu_book", "tenants_article_changelist", EVERYONE),
            (_("Sources"), "travel_explore", "tenants_source_changelist", EVERYONE),
            (_("Try a question"), "science", "widget_unansweredquestion_try", EDITORS),
            (_("Speaking first"), "campaign", "tenants_proactiverule_changelist", EVERYONE),
            (_("Try the rules"), "rule", "widget_session_rules", EVERYONE),
            (_("Business and looks"), "storefront", "tenants_tenant_changelist", EVERYONE),
            (_("Wording"), "translate", "tenants_textoverride_changelist", EVERYONE),
            (_("Ready answers"), "quickreply", "tenants_cannedreply_changelist", EVERYONE),
            (_("Put it on your site"), "code", "tenants_apikey_snippet", EVERYONE),
            (_("What answers cost"), "payments", "widget_session_costs", OWNERS),
            (_("Long work"), "hourglass_top", "tenants_job_changelist", EVERYONE),
        ),
    ),
    (
        _("Access"),
        (
            (_("Keys"), "key", "tenants_apikey_changelist", EVERYONE),
            (_("Colleagues"), "group", "tenants_membership_changelist", EVERYONE),
            (_("My name and picture"), "face", "tenants_membership_mine", EVERYONE),
            (_("Invitations"), "mail", "tenants_invitation_changelist", OWNERS),
            (_("Accounts"), "manage_accounts", "auth_user_changelist", OPERATOR),
        ),
    ),
)
