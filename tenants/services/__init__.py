"""The cellar's use cases: new businesses, their keys, their staff, and new versions of their configuration."""

from tenants.services.businesses import BusinessInvalid, bump_config, create_tenant
from tenants.services.colleagues import (
    AlreadyColleague,
    LastOwner,
    NotAllowed,
    add_colleague,
    change_role,
    is_last_owner,
    remove_colleague,
)
from tenants.services.invitations import (
    InvitationInvalid,
    accept_as_new_colleague,
    accept_invitation,
    get_open_invitation,
    invite_colleague,
)
from tenants.services.keys import NewApiKey, create_api_key, revoke_api_key

__all__ = [
    "AlreadyColleague",
    "BusinessInvalid",
    "InvitationInvalid",
    "LastOwner",
    "NewApiKey",
    "NotAllowed",
    "accept_as_new_colleague",
    "accept_invitation",
    "add_colleague",
    "bump_config",
    "change_role",
    "create_api_key",
    "create_tenant",
    "get_open_invitation",
    "invite_colleague",
    "is_last_owner",
    "remove_colleague",
    "revoke_api_key",
]
