"""What runs now."""

from __future__ import annotations

import asyncio

from quick_htag.running import task_of


def test_the_task_of_a_loop() -> None:
    """None when it makes a step of none."""
    seen: list[object] = []

    async def look() -> None:
        loop = asyncio.get_running_loop()
        seen.append(task_of(loop) is asyncio.current_task())
        loop.call_soon(lambda: seen.append(task_of(loop)))
        await asyncio.sleep(0)

    asyncio.run(look())
    assert seen == [True, None]
