from django.apps import AppConfig


class GenerationConfig(AppConfig):
    name = "flawmark.generation"
    label = "generation"

    def ready(self) -> None:
        from flawmark.generation import receivers  # noqa: F401 - connects them
