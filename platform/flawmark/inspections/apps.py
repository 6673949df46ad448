from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "flawmark.inspections"
    label = "inspections"
