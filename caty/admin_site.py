"""The admin site: login with a brake, password reset, invitations, and conversations under the name others use."""

from django.urls import path
from unfold.sites import UnfoldAdminSite

from caty import staff_access


class CatyAdminSite(UnfoldAdminSite):
    login_form = staff_access.LoginForm

    def extra_urls(self):
        """Beside Django's own, which come after these."""
        return [
            path("conversations/<str:reference>/", self.admin_view(self.conversation), name="conversation"),
            path("inbox/", self.admin_view(self.inbox), name="widget_inbox"),
            path("inbox/news", self.admin_view(self.inbox_news), name="widget_inbox_news"),
            path("inbox/stream", self.admin_view(self.inbox_stream), name="widget_inbox_stream"),
            path("inbox/<str:reference>/", self.admin_view(self.inbox), name="widget_inbox_conversation"),
            path(
                "inbox/<str:reference>/suggestion",
                self.admin_view(self.inbox_suggestion),
                name="widget_inbox_suggestion",
            ),
            path("inbox/<str:reference>/<slug:action>", self.admin_view(self.inbox_act), name="widget_inbox_act"),
            path("preview/", self.admin_view(self.preview_frame), name="preview"),
            path("preview/<int:tenant_id>/", self.admin_view(self.preview_config), name="preview_config"),
            path("weights/<int:tenant_id>/", self.admin_view(self.weights), name="weights"),
            path("first-hour/<int:tenant_id>/", self.admin_view(self.first_hour), name="first_hour"),
            path("first-hour/<int:tenant_id>/preview/", self.admin_view(self.looks_config), name="first_hour_preview"),
            path("first-hour/<int:tenant_id>/<slug:step>/", self.admin_view(self.first_hour), name="first_hour_step"),
            path(
                "first-hour/<int:tenant_id>/<slug:step>/progress/",
                self.admin_view(self.first_hour_progress),
                name="first_hour_progress",
            ),
            path("reports/answering/", self.admin_view(self.reports), name="widget_reports"),
            path("invitation/<str:token>/", staff_access.accept_invitation, name="invitation"),
            path("password-reset/", staff_access.Reset.as_view(), name="admin_password_reset"),
            path("password-reset/sent/", staff_access.ResetSent.as_view(), name="password_reset_done"),
            path("password-reset/done/", staff_access.ResetDone.as_view(), name="password_reset_complete"),
            path("password-reset/<uidb64>/<token>/", staff_access.NewPassword.as_view(), name="password_reset_confirm"),
        ]

    def conversation(self, request, reference: str):
        """A transcript, where mails, webhooks and CRMs lead. `reference` is conv_…"""
        from widget.models import Session  # the site is made before the models are

        return self.get_model_admin(Session).by_reference(request, reference)

    def inbox(self, request, reference: str = ""):
        """Who waits, and one conversation beside the list."""
        from widget.admin import inbox

        return inbox.conversation_page(request, reference) if reference else inbox.list_page(request)

    def inbox_news(self, request):
        from widget.admin import inbox

        return inbox.news(request)

    def inbox_stream(self, request):
        from widget.admin import inbox_stream

        return inbox_stream.stream(request)

    def inbox_suggestion(self, request, reference: str):
        from widget.admin import inbox

        return inbox.suggestion(request, reference)

    def inbox_act(self, request, reference: str, action: str):
        from widget.admin import inbox_acts

        return inbox_acts.act(request, reference=reference, action=action)

    def preview_frame(self, request):
        from widget import preview

        return preview.frame(request)

    def preview_config(self, request, tenant_id: int):
        from widget import preview

        return preview.config(request, tenant_id)

    def reports(self, request):
        """How visitors were answered."""
        from widget.admin import reports

        return reports.page(request)

    def first_hour(self, request, tenant_id: int, step: str = ""):
        """The four steps of a new business."""
        from widget.admin import first_hour

        return first_hour.page(request, tenant_id, step)

    def first_hour_progress(self, request, tenant_id: int, step: str):
        from widget.admin import first_hour

        return first_hour.progress(request, tenant_id, step)

    def looks_config(self, request, tenant_id: int):
        from widget import preview

        return preview.first_hour_config(request, tenant_id)

    def weights(self, request, tenant_id: int):
        """What other score weights would do to past leads, from the page of a business."""
        from leads.admin import weights

        return weights.page(request, tenant_id)
