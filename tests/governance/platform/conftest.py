from tests.governance.actions.conftest import clock

__all__ = ["clock"]
