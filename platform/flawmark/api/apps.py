from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "flawmark.api"
    label = "api"
