"""Addresses of the demonstration, under /demo/."""

from django.urls import path

from widget.demo import pages, sink

app_name = "demo"
urlpatterns = [
    path("", pages.home, name="home"),
    path("products", pages.products, name="products"),
    path("pricing", pages.pricing, name="pricing"),
    path("delivery", pages.delivery, name="delivery"),
    path("contact", pages.contact, name="contact"),
    path("try", pages.try_out, name="try"),
    path("help", pages.help_index, name="help"),
    path("help/<slug:slug>", pages.help_article, name="article"),
    path("sink", sink.page, name="sink"),
    path("sink/list", sink.listing, name="sink_list"),
    path("sink/clear", sink.clear, name="sink_clear"),
    path("sink/hook", sink.hook, name="sink_hook"),
]
