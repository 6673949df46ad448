from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "flawmark.accounts"
    label = "accounts"
