import asyncio

import pytest

from affectlab.errors import InvalidConfig
from affectlab.studio.failures import attempt


def told(action) -> list[str]:
    said: list[str] = []
    asyncio.run(attempt(action, said.append))
    return said


async def works() -> None:
    """Do nothing."""


async def is_refused() -> None:
    raise InvalidConfig("speed is 0; expected more")


async def breaks() -> None:
    raise ZeroDivisionError


def test_a_refusal_is_said_and_success_takes_it_back() -> None:
    assert told(is_refused) == ["speed is 0; expected more"]
    assert told(works) == [""]


def test_a_mistake_of_ours_is_not_passed_over() -> None:
    with pytest.raises(ZeroDivisionError):
        told(breaks)
