"""Settings shared by every way of running Flawmark. Values that differ come from the environment."""

import os
from pathlib import Path

from flawmark.config.addresses import celery_url, postgres_options, redis_url_for_db

REPOSITORY = Path(__file__).resolve().parents[4]
DATA_DIR = Path(os.environ.get("FLAWMARK_DATA_DIR", REPOSITORY / ".flawmark")).resolve()
FRONTEND_DIST = Path(os.environ.get("FLAWMARK_FRONTEND_DIST", REPOSITORY / "frontend" / "dist"))

SECRET_KEY = os.environ.get("FLAWMARK_SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("FLAWMARK_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("FLAWMARK_ORIGINS", "").split(",") if o]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "flawmark.core",
    "flawmark.accounts",
    "flawmark.datasets",
    "flawmark.training",
    "flawmark.inspections",
    "flawmark.reviews",
    "flawmark.curation",
    "flawmark.generation",
    "flawmark.api",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "flawmark.config.urls"
ASGI_APPLICATION = "flawmark.config.asgi.application"
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}},
]

DATABASES = {"default": postgres_options(os.environ.get("DATABASE_URL", "postgresql:///flawmark"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
EVENTS_REDIS_URL = redis_url_for_db(REDIS_URL, 2)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_url_for_db(REDIS_URL, 3),
    }
}

STORAGES = {
    "default": {
        "BACKEND": "flawmark.core.storage.WholeFileStorage",
        "OPTIONS": {"location": DATA_DIR / "blobs"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
if bucket := os.environ.get("FLAWMARK_S3_BUCKET"):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": bucket, "endpoint_url": os.environ.get("FLAWMARK_S3_ENDPOINT") or None},
    }

ARTIFACT_CACHE_DIR = DATA_DIR / "artifacts"
# Where trainings keep what they need to go on after their process was killed.
TRAINING_CHECKPOINT_DIR = DATA_DIR / "trainings"
TRAINING_CHECKPOINT_INTERVAL_S = float(os.environ.get("FLAWMARK_TRAINING_CHECKPOINT_INTERVAL_S", 20))
# Fitted detectors that a scorer keeps loaded; the one in use always stays.
MODEL_CACHE_BYTES = int(os.environ.get("FLAWMARK_MODEL_CACHE_BYTES", 512 * 1024**2))
# Patch features of scored images, kept on disk per model so that live changes are quick.
FEATURE_CACHE_BYTES = int(os.environ.get("FLAWMARK_FEATURE_CACHE_BYTES", 2 * 1024**3))
# Both may use every core: a scorer is idle most of the time, and somebody waits for its predictions.
CORES = os.cpu_count() or 1
# The queue `gpu` is for workers beside a graphics card; where the web has none it must be named.
TRAINING_QUEUE = os.environ.get(
    "FLAWMARK_TRAINING_QUEUE", "gpu" if Path("/dev/nvidiactl").exists() else "cpu"
)
TRAINING_THREADS = int(os.environ.get("FLAWMARK_TRAINING_THREADS", CORES))
SCORER_THREADS = int(os.environ.get("FLAWMARK_SCORER_THREADS", CORES))
# Files that generation uses where its keeper names them; nobody names files of the server over the network.
GENERATION_FILES = {
    option: os.environ[variable]
    for option, variable in {
        "openclip_model": "FLAWMARK_OPENCLIP_MODEL",
        "openclip_weights": "FLAWMARK_OPENCLIP_WEIGHTS",
        "generator_checkpoint": "FLAWMARK_GENERATOR_CHECKPOINT",
        "wordnet_folder": "FLAWMARK_WORDNET_FOLDER",
    }.items()
    if os.environ.get(variable)
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [("app", FRONTEND_DIST)] if FRONTEND_DIST.is_dir() else []

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Uploads stream to disk; the limits below only guard what Django keeps in memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024**2
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024**2
FILE_UPLOAD_TEMP_DIR = os.environ.get("FLAWMARK_UPLOAD_TMP") or None
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
IMAGE_MAX_PIXELS = 100_000_000
IMPORT_MAX_FILE_BYTES = 512 * 1024**2
IMPORT_MAX_UNPACKED_BYTES = int(os.environ.get("FLAWMARK_IMPORT_MAX_BYTES", 8 * 1024**3))
# Server-side folders may be imported only from below these (colon-separated); none by default.
IMPORT_ROOTS = [Path(p) for p in os.environ.get("FLAWMARK_IMPORT_ROOTS", "").split(":") if p]
PREDICT_TIMEOUT_S = 30

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "flawmark.accounts.authentication.TokenAuthentication",
        "flawmark.accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["flawmark.accounts.access.TeamAccess"],
    "DEFAULT_PAGINATION_CLASS": "flawmark.core.http.pagination.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "flawmark.api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "flawmark.core.http.problems.problem_response",
    "DEFAULT_THROTTLE_RATES": {"login": "20/min"},
    # Without a proxy in front, anybody could write another sender into X-Forwarded-For.
    "NUM_PROXIES": int(os.environ.get("FLAWMARK_PROXIES", 0)),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Flawmark",
    "DESCRIPTION": "Visual inspection that gets better every time a person looks at it.",
    "VERSION": "1",
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "flawmark.api.schema.problems_declare",
    ],
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "BandEnum": "flawmark.inspections.models.Band",
        "KindEnum": "flawmark.datasets.models.LayerKind",
        "FindingActionEnum": "flawmark.curation.models.FindingActionKind",
        "CandidateStateEnum": "flawmark.generation.models.CandidateState",
        "FindingKindEnum": "flawmark.curation.models.FindingKind",
        "JobStateEnum": "flawmark.core.models.JobState",
        "TaskStateEnum": "flawmark.reviews.models.TaskState",
        "VerdictEnum": "flawmark.reviews.models.Verdict",
        "TogetherVerdictEnum": "flawmark.reviews.api.lookalikes.TOGETHER",
        "SplitEnum": "flawmark.datasets.models.Split",
        "SplitOrByLotEnum": "flawmark.datasets.api.image_shapes.SPLIT_CHOICES",
    },
}

CELERY_BROKER_URL = celery_url(REDIS_URL, 0)
CELERY_RESULT_BACKEND = celery_url(REDIS_URL, 1)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Jobs are leased in Postgres (core.jobs), so a redelivered message can never run a job twice. The long
# visibility timeout only limits needless redeliveries; the sweep brings lost jobs back much sooner.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 6 * 3600,
    "queue_order_strategy": "priority",
    "priority_steps": [0, 5, 9],
    "sep": ":",
}
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_TASK_DEFAULT_PRIORITY = 5
# Predictions (priority 0) overtake bulk scoring, which also pauses after every slice.
CELERY_TASK_ROUTES = {"inspections.score": {"queue": "score", "priority": 9}}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "requeue lost jobs": {"task": "core.requeue_lost_jobs", "schedule": 15.0},
    "forget old idempotency keys": {"task": "core.forget_idempotency_keys", "schedule": 3600.0},
    "check retraining policies": {"task": "training.check_policies", "schedule": 30.0},
    "advance repair reports": {"task": "generation.advance_reports", "schedule": 60.0},
    "return expired leases": {"task": "reviews.return_expired_leases", "schedule": 30.0},
}
