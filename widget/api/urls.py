"""Addresses under /api/widget/. None ends in a slash; the envelope takes one away where it was sent."""

from django.urls import path

from widget.api import people, views
from widget.api.attachments import attachment

urlpatterns = [
    path("config", views.ConfigView.as_view(), name="config"),
    path("session", views.SessionView.as_view(), name="session"),
    path("message", views.MessageView.as_view(), name="message"),
    path("messages", views.MessagesView.as_view(), name="messages"),
    path("track", views.TrackView.as_view(), name="track"),
    path("proactive", views.ProactiveView.as_view(), name="proactive"),
    path("proactive/dismissed", views.DismissView.as_view(), name="proactive_dismissed"),
    path("lead", views.LeadView.as_view(), name="lead"),
    path("handoff", views.HandoffView.as_view(), name="handoff"),
    path("feedback", views.FeedbackView.as_view(), name="feedback"),
    path("consent", views.ConsentView.as_view(), name="consent"),
    path("end", views.EndView.as_view(), name="end"),
    path("typing", people.TypingView.as_view(), name="typing"),
    path("attachment", people.AttachmentView.as_view(), name="attachment_upload"),
    path("attachments/<str:token>", attachment, name="attachment"),
    path("satisfaction", people.SatisfactionView.as_view(), name="satisfaction"),
    path("transcript", people.TranscriptView.as_view(), name="transcript"),
    path("resume", people.ResumeView.as_view(), name="resume"),
]
