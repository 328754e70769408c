"""Errors of the HTTP API as RFC 9457 problem documents, whose `detail` says how to mend what is wrong."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import set_rollback

CONTENT_TYPE = "application/problem+json"
_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


class ProblemSerializer(serializers.Serializer[Any]):
    """For the API's schema."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()


class Problem(exceptions.APIException):
    """An error with a status of its own; `extra` become further members of the document."""

    def __init__(self, status: int, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.status_code = status
        self.extra = extra


def handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """For REST_FRAMEWORK["EXCEPTION_HANDLER"]. None lets Django answer (and log) what nobody foresaw."""
    known = _as_api_error(error)
    if known is None:
        return None
    set_rollback()
    return response(known.status_code, headers=_headers(known), **_members(known))


def response(status: int, *, headers: Mapping[str, str] | None = None, **members: Any) -> Response:
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, **members}
    return Response(document, status=status, headers=dict(headers or {}), content_type=CONTENT_TYPE)


def _as_api_error(error: Exception) -> exceptions.APIException | None:
    match error:
        case exceptions.APIException():
            return error
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case DjangoValidationError():
            return exceptions.ValidationError(error.messages)
    if isinstance(error, _AWAY):
        return Problem(503, _("The database does not answer. Nothing was changed: send the same again in a minute."))
    return None


def _members(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return _of_validation(error)
    return {"detail": str(error.detail), **getattr(error, "extra", {})}


def _of_validation(error: exceptions.ValidationError) -> dict[str, Any]:
    if not isinstance(error.detail, dict):
        return {"detail": " ".join(map(str, error.detail))}
    errors = [{"field": name, "error": _joined(said)} for name, said in error.detail.items()]
    return {"detail": "; ".join(f"{found['field']}: {found['error']}" for found in errors), "errors": errors}


def _joined(said: Any) -> str:
    return " ".join(map(str, said)) if isinstance(said, list) else str(said)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    if error.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "60"
    return headers
