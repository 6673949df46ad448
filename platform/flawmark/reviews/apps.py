from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "flawmark.reviews"
    label = "reviews"
