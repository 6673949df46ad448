from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "flawmark.core"
    label = "core"
