from typing import Any

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from reputation.base.problems import Problem, handler


def told(error: Exception) -> tuple[Response, Any]:
    answer = handler(error, {})
    assert answer is not None
    assert answer.content_type == "application/problem+json"
    assert set(answer.data) >= {"type", "title", "status", "detail"}
    assert answer.data["status"] == answer.status_code
    return answer, answer.data


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (Http404(), 404, "Not Found"),
        (PermissionDenied(), 403, "Forbidden"),
        (exceptions.MethodNotAllowed("PUT"), 405, "Method Not Allowed"),
        (exceptions.NotAcceptable(), 406, "Not Acceptable"),
        (exceptions.ParseError(), 400, "Bad Request"),
        (Problem(413, "Too much."), 413, "Request Entity Too Large"),
    ],
)
def test_every_known_error_is_a_problem_document(error: Exception, status: int, title: str) -> None:
    answer, document = told(error)
    assert (answer.status_code, document["title"]) == (status, title)
    assert document["detail"]


def test_a_problem_carries_further_members() -> None:
    _answer, document = told(Problem(409, "Too late.", since="2026-05-01"))
    assert (document["detail"], document["since"]) == ("Too late.", "2026-05-01")


def test_fields_are_named_one_by_one() -> None:
    _answer, document = told(exceptions.ValidationError({"day": ["Wrong."], "kind": ["Unknown."]}))
    assert document["errors"] == [{"field": "day", "error": "Wrong."}, {"field": "kind", "error": "Unknown."}]
    assert document["detail"] == "day: Wrong.; kind: Unknown."


def test_a_service_that_refuses_is_a_bad_request() -> None:
    answer, document = told(DjangoValidationError("Not over yet."))
    assert (answer.status_code, document["detail"]) == (400, "Not over yet.")


@pytest.mark.parametrize("error", [OperationalError(), InterfaceError(), psycopg.OperationalError()])
def test_a_database_that_is_away_is_told_with_when_to_come_back(error: Exception) -> None:
    answer, document = told(error)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "again" in document["detail"]


def test_a_throttled_caller_is_told_how_long() -> None:
    answer, _document = told(exceptions.Throttled(wait=9.3))
    assert answer["Retry-After"] == "10"


def test_what_nobody_foresaw_is_left_to_django() -> None:
    assert handler(RuntimeError("secret"), {}) is None
