from django.apps import AppConfig


class GenerationConfig(AppConfig):
    name = "flawmark.generation"
    label = "generation"
