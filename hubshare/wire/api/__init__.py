"""Requests and answers of the API, by kind, shared by the service and its client."""

from hubshare.wire.api.access import (
    Accepted,
    Accessor,
    Copy,
    Grant,
    Invitation,
    Lost,
    NewGrant,
    NewInvitation,
    RevocationReport,
    Through,
    Who,
)
from hubshare.wire.api.agents import NewSession, Session, Upload, Wanted
from hubshare.wire.api.base import Page, Problem, ServerName, SubjectName, Text, Time
from hubshare.wire.api.checkouts import Begun, Checkout, NewCheckout
from hubshare.wire.api.conflicts import Conflict, ConflictSides, NewPick, NewRestore, Settled, Side
from hubshare.wire.api.contents import LeftOut, NewChange, NewUpload, Uploaded
from hubshare.wire.api.hub import AuditEntry, Cost, Event, Health, Me, People
from hubshare.wire.api.offers import No, Offer, Taken, Yes
from hubshare.wire.api.projects import Archived, Entry, NewName, NewOwner, NewProject, Project, ProjectChange, Version
from hubshare.wire.api.teams import Member, NewMember, NewTeam, Team, TeamChange

__all__ = [
    "Accepted",
    "Accessor",
    "Archived",
    "AuditEntry",
    "Begun",
    "Checkout",
    "Conflict",
    "ConflictSides",
    "Copy",
    "Cost",
    "Entry",
    "Event",
    "Grant",
    "Health",
    "Invitation",
    "LeftOut",
    "Lost",
    "Me",
    "Member",
    "NewChange",
    "NewCheckout",
    "NewGrant",
    "NewInvitation",
    "NewMember",
    "NewName",
    "NewOwner",
    "NewPick",
    "NewProject",
    "NewRestore",
    "NewSession",
    "NewTeam",
    "NewUpload",
    "No",
    "Offer",
    "Page",
    "People",
    "Problem",
    "Project",
    "ProjectChange",
    "RevocationReport",
    "ServerName",
    "Session",
    "Settled",
    "Side",
    "SubjectName",
    "Taken",
    "Team",
    "TeamChange",
    "Text",
    "Through",
    "Time",
    "Upload",
    "Uploaded",
    "Version",
    "Wanted",
    "Who",
    "Yes",
]
