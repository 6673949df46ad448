from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "flawmark.inspections"
    label = "inspections"

    def ready(self) -> None:
        from flawmark.inspections import receivers  # noqa: F401 - connects them
