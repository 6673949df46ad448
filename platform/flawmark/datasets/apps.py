from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    name = "flawmark.datasets"
    label = "datasets"
