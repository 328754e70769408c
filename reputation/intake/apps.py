from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "reputation.intake"
