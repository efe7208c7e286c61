"""How often knowledge helped: answers a day, counted by the worker."""

from django.db import models

from tenants.models.knowledge import Article
from tenants.models.sources import Source


class SourceUse(models.Model):
    """Answers of one day (UTC) that were made from a source; one made of several of its articles counts once."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="uses")
    day = models.DateField()
    answers = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="source_use_once")]
        indexes = [models.Index(fields=["day"])]

    def __str__(self):
        return f"{self.source_id} {self.day}"


class ArticleUse(models.Model):
    """Answers of one day (UTC) that were made from an article of a source."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="uses")
    day = models.DateField()
    answers = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "day"], name="article_use_once")]
        indexes = [models.Index(fields=["day"])]

    def __str__(self):
        return f"{self.article_id} {self.day}"
