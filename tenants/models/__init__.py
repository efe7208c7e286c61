from tenants.models.appearance import Appearance, Avatar, Behavior, Persona, ProactiveRule
from tenants.models.budget import Reservation, Spending
from tenants.models.jobs import Job, JobFile
from tenants.models.keys import ApiKey
from tenants.models.knowledge import Article, KnowledgeIndex, KnowledgeVectors, Passage
from tenants.models.sources import Source, SourceFile, SourcePage
from tenants.models.tenant import Invitation, Membership, Origin, Tenant
from tenants.models.texts import TextOverride

__all__ = [
    "ApiKey",
    "Appearance",
    "Article",
    "Avatar",
    "Behavior",
    "Invitation",
    "Job",
    "JobFile",
    "KnowledgeIndex",
    "KnowledgeVectors",
    "Membership",
    "Origin",
    "Passage",
    "Persona",
    "ProactiveRule",
    "Reservation",
    "Source",
    "SourceFile",
    "SourcePage",
    "Spending",
    "Tenant",
    "TextOverride",
]
