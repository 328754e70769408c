"""Subjects in the addresses of pages: `stores` and `anchors` there, `store` and `anchor` in views."""

from django.urls import register_converter


class SubjectPlural:
    regex = "stores|anchors"

    def to_python(self, value: str) -> str:
        return value.removesuffix("s")

    def to_url(self, value: str) -> str:
        return f"{value}s"


register_converter(SubjectPlural, "subjects")
