from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "reputation.config"
