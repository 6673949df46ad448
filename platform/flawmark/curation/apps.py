from django.apps import AppConfig


class CurationConfig(AppConfig):
    name = "flawmark.curation"
    label = "curation"
