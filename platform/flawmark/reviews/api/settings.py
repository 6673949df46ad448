"""`/queue-settings/{dataset}/`: how a dataset's queue is filled."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from flawmark.accounts.access import actor_of, team_of
from flawmark.core.http.etag import expected_version, lost_race_shows, with_etag
from flawmark.reviews.models import OpinionRule, QueueSettings
from flawmark.reviews.selectors.queue import queue_settings_of
from flawmark.reviews.services.requests import queue_settings_change
from flawmark.training.selectors import dataset_get


class QueueSettingsOut(serializers.ModelSerializer[QueueSettings]):
    second_opinion_always = serializers.ListField(
        child=serializers.ChoiceField(choices=OpinionRule.choices), required=False
    )
    canned_reasons = serializers.ListField(child=serializers.CharField(max_length=100), required=False)

    class Meta:
        model = QueueSettings
        fields = [
            "audit_probability", "second_opinion_probability", "second_opinion_always", "canned_reasons",
        ]  # fmt: skip


class QueueSettingsViewSet(viewsets.GenericViewSet[QueueSettings]):
    """One row of settings per dataset."""

    queryset = QueueSettings.objects.none()
    serializer_class = QueueSettingsOut
    lookup_url_kwarg = "dataset_id"
    lookup_value_converter = "uuid"

    @extend_schema(responses=QueueSettingsOut)
    def retrieve(self, request: Request, dataset_id: Any = None) -> Response:
        settings = queue_settings_of(dataset_get(team_of(request), dataset_id))
        return with_etag(Response(QueueSettingsOut(settings).data), settings.version)

    @extend_schema(request=QueueSettingsOut, responses=QueueSettingsOut)
    def partial_update(self, request: Request, dataset_id: Any = None) -> Response:
        """Takes effect for images scored from now on."""
        dataset = dataset_get(team_of(request), dataset_id)
        given = QueueSettingsOut(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        with lost_race_shows(lambda: QueueSettingsOut(queue_settings_of(dataset)).data):
            settings = queue_settings_change(
                dataset=dataset,
                actor=actor_of(request),
                expected_version=expected_version(request),
                **given.validated_data,
            )
        return with_etag(Response(QueueSettingsOut(settings).data), settings.version)
