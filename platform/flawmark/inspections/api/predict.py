"""`POST /predict/`: one image in, a judgement out."""

import json
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from flawmark.accounts.access import team_of
from flawmark.accounts.models import Scope
from flawmark.core.errors import InvalidInput
from flawmark.core.http.idempotency import run_once
from flawmark.datasets.models import Image
from flawmark.datasets.services.images import CaptureFields
from flawmark.inspections.models import Band
from flawmark.inspections.selectors import serving_model
from flawmark.inspections.services.prediction import by_prediction, image_keep, predict
from flawmark.training.models import ModelVersion


class PredictIn(serializers.Serializer[Any]):
    """`dataset` asks its champion, `model` any model. `store=false` keeps nothing of the image."""

    image = serializers.FileField(allow_empty_file=True)
    dataset = serializers.UUIDField(required=False)
    model = serializers.UUIDField(required=False)
    store = serializers.BooleanField(default=True)
    part = serializers.CharField(max_length=120, default="", allow_blank=True)
    station = serializers.CharField(max_length=120, default="", allow_blank=True)
    view = serializers.CharField(max_length=120, default="", allow_blank=True)
    captured_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    metadata = serializers.CharField(default="{}", help_text="A JSON object.")

    def validate_image(self, image: UploadedFile) -> UploadedFile:
        if (image.size or 0) > settings.IMPORT_MAX_FILE_BYTES:
            limit_mb = settings.IMPORT_MAX_FILE_BYTES // 1024**2
            raise serializers.ValidationError(f"The file has more than {limit_mb} MB.")
        return image

    def validate_metadata(self, text: str) -> dict[str, Any]:
        try:
            metadata = json.loads(text or "{}")
        except ValueError as error:
            raise serializers.ValidationError("metadata must be a JSON object.") from error
        if not isinstance(metadata, dict):
            raise serializers.ValidationError("metadata must be a JSON object.")
        return metadata


class PredictionMapOut(serializers.Serializer[Any]):
    """Under `url` for a stored image, else in `steps_base64`: raw little-endian uint16, row-major."""

    url = serializers.CharField(allow_null=True)
    steps_base64 = serializers.CharField(allow_null=True)
    height = serializers.IntegerField()
    width = serializers.IntegerField()
    scale = serializers.FloatField()


class PredictionThresholdsOut(serializers.Serializer[Any]):
    t1 = serializers.FloatField(allow_null=True)
    t2 = serializers.FloatField(allow_null=True)
    pixel_threshold = serializers.FloatField(allow_null=True)
    missing_normals = serializers.IntegerField()


class PredictionRleOut(serializers.Serializer[Any]):
    """COCO run-length encoding: column-major runs, starting with zeros."""

    size = serializers.ListField(child=serializers.IntegerField(), help_text="[height, width]")
    counts = serializers.ListField(child=serializers.IntegerField())


class PredictionOut(serializers.Serializer[Any]):
    """Higher scores are more anomalous. `mask` is null while there is no pixel threshold."""

    image_score = serializers.FloatField()
    band = serializers.ChoiceField(choices=Band.choices)
    mask = PredictionRleOut(allow_null=True)
    map = PredictionMapOut()
    model_version = serializers.UUIDField()
    model_number = serializers.IntegerField()
    bank_revision = serializers.IntegerField()
    image = serializers.UUIDField(allow_null=True)
    inspection = serializers.UUIDField(allow_null=True)
    thresholds = PredictionThresholdsOut()
    elapsed_ms = serializers.FloatField()


class PredictView(APIView):
    """Online prediction, answered by the scorer."""

    parser_classes = [MultiPartParser]
    scopes = {"post": Scope.PREDICT}

    @extend_schema(
        request={"multipart/form-data": PredictIn}, responses=PredictionOut, operation_id="predict"
    )
    def post(self, request: Request) -> Response:
        """Score one image now. 409 without a champion, 503 when no scorer answers in time.

        With an `Idempotency-Key`, a repeat records no second capture: the kept image is judged again,
        so a camera may send the same part again after a 503.
        """
        given = PredictIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        if ("dataset" in data) == ("model" in data):
            raise InvalidInput("Name either a dataset or a model.", field="dataset")
        model = serving_model(team_of(request), dataset_id=data.get("dataset"), model_id=data.get("model"))
        sent = {"content": data["image"].read(), "filename": data["image"].name or "image"}
        image = _kept(request, model, data, sent) if data["store"] else None
        return Response(predict(model_version=model, image=image, **sent))


def _kept(request: Request, model: ModelVersion, data: dict[str, Any], sent: dict[str, Any]) -> Image:
    """Keep the image once. The key stores only its id: the scorer has to see the image before it answers."""
    capture = {name: data[name] for name in ("part", "station", "view", "captured_at", "metadata")}

    def keep() -> Response:
        image = image_keep(model_version=model, capture=CaptureFields(**capture), **sent)
        return Response({"image": image.id}, status=201)

    with by_prediction(model):
        kept = run_once(request, team_id=team_of(request).id, endpoint="predict", create=keep)
    return Image.objects.get(id=kept.data["image"])
