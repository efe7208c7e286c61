from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from caty.lib.errors import CatyError
from tenants.knowledge.article_files import read_article_file
from tenants.knowledge.articles import import_articles
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Import articles for a business from Markdown (one article for each top-level heading) or JSON lines "
        "(title, body, and if wanted url, category, kind, variants). An article with the same title and address "
        "is replaced. Either the whole file is imported or nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("tenant", help="the business's short name")
        parser.add_argument("file", type=Path, help=".md, .txt, .jsonl or .ndjson, in UTF-8")

    def handle(self, *args, **options):
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no business {options['tenant']!r}.")
        try:
            counts = import_articles(tenant, read_article_file(options["file"]))
        except CatyError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"{counts.created} articles added, {counts.updated} changed, {counts.unchanged} as before. "
            "They are used in answers as soon as the worker has indexed them."
        )
