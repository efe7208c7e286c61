"""The cellar's use cases: new businesses, their keys, their staff, and new versions of their configuration."""

from tenants.services.avatars import StoredAvatar, find_avatar, remove_avatar, set_avatar
from tenants.services.businesses import (
    BusinessInvalid,
    allow_origin,
    bump_config,
    create_tenant,
    set_score_weights,
)
from tenants.services.colleagues import (
    AlreadyColleague,
    LastOwner,
    NotAColleague,
    NotAllowed,
    add_colleague,
    change_role,
    get_colleague,
    is_last_owner,
    remove_colleague,
)
from tenants.services.consent import number_consent, renumber_consent
from tenants.services.faces import find_face, remove_face, set_face, set_shown_name
from tenants.services.invitations import (
    InvitationInvalid,
    accept_as_new_colleague,
    accept_invitation,
    get_open_invitation,
    invite_colleague,
)
from tenants.services.jobs import TooManyJobs, cancel_job, start_job
from tenants.services.keys import NewApiKey, create_api_key, revoke_api_key
from tenants.services.ready_answers import add_starting_replies

__all__ = [
    "AlreadyColleague",
    "BusinessInvalid",
    "InvitationInvalid",
    "LastOwner",
    "NewApiKey",
    "NotAColleague",
    "NotAllowed",
    "StoredAvatar",
    "TooManyJobs",
    "accept_as_new_colleague",
    "accept_invitation",
    "add_colleague",
    "add_starting_replies",
    "allow_origin",
    "bump_config",
    "cancel_job",
    "change_role",
    "create_api_key",
    "create_tenant",
    "find_avatar",
    "find_face",
    "get_colleague",
    "get_open_invitation",
    "invite_colleague",
    "is_last_owner",
    "number_consent",
    "remove_avatar",
    "remove_colleague",
    "remove_face",
    "renumber_consent",
    "revoke_api_key",
    "set_avatar",
    "set_face",
    "set_score_weights",
    "set_shown_name",
    "start_job",
]
