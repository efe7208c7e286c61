"""Leads, why they score as they do, where they go, whether they have arrived, and who is told."""

from leads.models.connections import Connection, FieldMapping, RemoteLead
from leads.models.deliveries import Delivery, DeliveryAttempt
from leads.models.ids import new_delivery_id, oldest_delivery_id
from leads.models.leads import Lead, LeadClaim, LeadConversation, ScoreEntry
from leads.models.mails import BudgetWarning, MailChoice, StaffMail

__all__ = [
    "BudgetWarning",
    "Connection",
    "Delivery",
    "DeliveryAttempt",
    "FieldMapping",
    "Lead",
    "LeadClaim",
    "LeadConversation",
    "MailChoice",
    "RemoteLead",
    "ScoreEntry",
    "StaffMail",
    "new_delivery_id",
    "oldest_delivery_id",
]
