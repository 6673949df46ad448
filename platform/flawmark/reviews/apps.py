from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "flawmark.reviews"
    label = "reviews"

    def ready(self) -> None:
        from flawmark.reviews import receivers

        receivers.connect()
