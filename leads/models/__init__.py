"""Leads, why they score as they do, where they go, whether they have arrived, and who is told."""

from leads.models.connections import Connection, FieldMapping, RemoteLead
from leads.models.deliveries import Delivery, DeliveryAttempt
from leads.models.ids import new_delivery_id, oldest_delivery_id
from leads.models.leads import Lead, LeadClaim, LeadConversation, ScoreEntry
from leads.models.mails import BudgetWarning, MailChoice, StaffMail, VisitorMail
from leads.models.promises import CallbackPromise
from leads.models.push import PushSubscription

__all__ = [
    "BudgetWarning",
    "CallbackPromise",
    "Connection",
    "Delivery",
    "DeliveryAttempt",
    "FieldMapping",
    "Lead",
    "LeadClaim",
    "LeadConversation",
    "MailChoice",
    "PushSubscription",
    "RemoteLead",
    "ScoreEntry",
    "StaffMail",
    "VisitorMail",
    "new_delivery_id",
    "oldest_delivery_id",
]
