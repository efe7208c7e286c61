"""Addresses under /api/widget/. None ends in a slash; the envelope takes one away where it was sent."""

from django.urls import path

from widget.api import views

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
]
