"""The portal's tests see the same clock as those of governance."""

from tests.governance.appeals.conftest import clock  # noqa: F401 (a fixture)
