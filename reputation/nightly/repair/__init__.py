from reputation.nightly.repair.stage import repair

__all__ = ["repair"]
