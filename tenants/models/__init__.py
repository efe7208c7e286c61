from tenants.models.appearance import Appearance, Avatar, Behavior, Persona
from tenants.models.budget import Reservation, Spending
from tenants.models.first_hour import FirstHour, FirstQuestion
from tenants.models.jobs import Job, JobFile
from tenants.models.keys import ApiKey
from tenants.models.knowledge import Article, KnowledgeIndex, KnowledgeVectors, Passage, VariantProgress
from tenants.models.live import CannedReply, Face
from tenants.models.rules import ClosedDay, OpeningTime, ProactiveRule, RuleCondition
from tenants.models.sources import Source, SourceFile, SourcePage
from tenants.models.tenant import Invitation, Membership, Origin, Tenant
from tenants.models.texts import TextOverride
from tenants.models.uses import ArticleUse, SourceUse

__all__ = [
    "ApiKey",
    "Appearance",
    "Article",
    "ArticleUse",
    "Avatar",
    "Behavior",
    "CannedReply",
    "ClosedDay",
    "Face",
    "FirstHour",
    "FirstQuestion",
    "Invitation",
    "Job",
    "JobFile",
    "KnowledgeIndex",
    "KnowledgeVectors",
    "Membership",
    "OpeningTime",
    "Origin",
    "Passage",
    "Persona",
    "ProactiveRule",
    "Reservation",
    "RuleCondition",
    "Source",
    "SourceFile",
    "SourcePage",
    "SourceUse",
    "Spending",
    "Tenant",
    "TextOverride",
    "VariantProgress",
]
