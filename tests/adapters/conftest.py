from tests.engine.conftest import plain_cpu

__all__ = ["plain_cpu"]
