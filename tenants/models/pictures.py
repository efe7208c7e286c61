"""What the pictures of personas and colleagues have in common."""

from django.db import models
from django.db.models.lookups import LessThanOrEqual

MOST_BYTES = 100_000


class SmallPicture(models.Model):
    """A picture small enough to be kept in the database. `digest` names its content."""

    content = models.BinaryField()
    content_type = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, db_index=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(
                    models.Func("content", function="octet_length", output_field=models.IntegerField()), MOST_BYTES
                ),
                name="%(class)s_small",
            )
        ]

    def __str__(self):
        return self.digest
