"""People, their teams and roles, tokens for machines, and the audit trail."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models

from flawmark.core.ids import uuid7
from flawmark.core.models import Record


class User(AbstractUser):
    """A person, who signs in with `username`. People are deactivated, not deleted: history keeps names."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)


class Team(Record):
    """Everything in Flawmark belongs to exactly one team."""

    name = models.CharField(max_length=100)


class Role(models.TextChoices):
    """Each role may do what those before it may: viewer < reviewer < curator < owner."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    CURATOR = "curator"
    OWNER = "owner"


class Membership(Record):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="member_once_per_team")]


class Scope(models.TextChoices):
    """What a token may do; a role's scopes are listed in `access.ROLE_SCOPES`."""

    READ = "read"
    PREDICT = "predict"
    REVIEW = "review"
    WRITE = "write"
    ADMIN = "admin"


class ApiToken(Record):
    """A machine's key. Only its hash is stored; the key itself is shown once."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="tokens")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    key_sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope))
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class AuditEntry(Record):
    """Who did what to which object; append-only."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="audit")
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.UUIDField(null=True, db_index=True)
    detail = models.JSONField(default=dict)
