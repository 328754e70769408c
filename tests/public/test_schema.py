import jsonschema
import pytest
import yaml
from django.test import Client

from tests.public.market import few_orders, past, publish, rating

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(client: Client) -> dict:
    return yaml.safe_load(client.get("/api/schema").content)


def _check(schema: dict, path: str, answer: object) -> None:
    """Hold an answer to what the schema says of this address; `nullable` is OpenAPI's, not JSON Schema's."""
    content = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(answer, _plain(content | {"components": schema["components"]}))


def _plain(node: object) -> object:
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _plain(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable"):
        return {"anyOf": [made, {"type": "null"}]}
    if "properties" in made:
        made["additionalProperties"] = False
    return made


@pytest.mark.parametrize("make", [rating, few_orders])
def test_answers_are_what_the_schema_says(client: Client, schema: dict, make) -> None:
    past("s1", [4.0, None])
    publish()
    make("s1")
    _check(schema, "/api/v1/stores/{subject_id}", client.get("/api/v1/stores/s1").json())
    _check(schema, "/api/v1/stores", client.get("/api/v1/stores?page_size=1").json())
    _check(schema, "/api/v1/stores/{subject_id}/history", client.get("/api/v1/stores/s1/history").json())
    _check(schema, "/api/v1/nights/latest", client.get("/api/v1/nights/latest").json())


def test_the_schema_names_every_parameter_of_a_list(schema: dict) -> None:
    names = {parameter["name"] for parameter in schema["paths"]["/api/v1/stores"]["get"]["parameters"]}
    assert names == {"search", "category", "min_stars", "ordering", "page", "page_size", "lang"}


def test_every_operation_has_a_name_of_its_own(schema: dict) -> None:
    names = [operation["operationId"] for path in schema["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_the_page_to_try_it_is_served_by_us(client: Client) -> None:
    page = client.get("/api/docs").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert "//cdn" not in page
