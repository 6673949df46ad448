from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "flawmark.training"
    label = "training"
