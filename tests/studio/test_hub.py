import asyncio

import numpy as np
import pytest

from affectlab.studio.hub import BLOCK_FRAMES, HEADER, AudioHub, Listener


def block(value=0):
    return np.full((BLOCK_FRAMES, 2), value, dtype=np.int16)


def decoded(packet):
    number, _, first = HEADER.unpack_from(packet)
    return number, first, np.frombuffer(packet, dtype="<i2", offset=HEADER.size).reshape(-1, 2)


async def listening(hub, browser="one"):
    hub.bind(asyncio.get_running_loop())
    listener = hub.join()
    assert hub.claim(listener, browser)
    return listener


def test_blocks_arrive_whole_numbered_and_in_order():
    async def scene():
        hub = AudioHub()
        listener = await listening(hub)
        for index in range(5):
            hub.publish(index * BLOCK_FRAMES, block(index - 2))
        return [decoded(await listener.next()) for _ in range(5)]

    for index, (number, first, samples) in enumerate(asyncio.run(scene())):
        assert (number, first) == (index, index * BLOCK_FRAMES)
        np.testing.assert_array_equal(samples, block(index - 2))


def test_a_slow_listener_loses_the_oldest_and_it_is_counted():
    async def scene():
        hub = AudioHub(capacity=10)
        listener = await listening(hub)
        for index in range(14):
            hub.publish(index, block())
        await asyncio.sleep(0)
        return hub.dropped, decoded(await listener.next())[0]

    assert asyncio.run(scene()) == (4, 4)


def test_a_block_is_4_kilobytes_with_a_header_that_keeps_samples_aligned():
    assert HEADER.size % 4 == 0
    assert HEADER.size + BLOCK_FRAMES * 4 == 3856


def test_threads_may_publish_while_the_loop_delivers():
    async def scene():
        hub = AudioHub(capacity=500)
        listener = await listening(hub)

        def publish():
            for index in range(400):
                hub.publish(index, block())

        await asyncio.to_thread(publish)
        return [decoded(await asyncio.wait_for(listener.next(), 5))[1] for _ in range(400)]

    assert asyncio.run(scene()) == list(range(400))


def test_a_second_browser_is_refused_until_it_takes_over():
    async def scene():
        hub = AudioHub()
        first = await listening(hub)
        second = hub.join()
        refused = hub.claim(second, "two")
        hub.publish(0, block())
        await asyncio.sleep(0)
        taken = hub.claim(second, "two", take_over=True)
        hub.publish(960, block(7))
        return refused, taken, await first.next(), decoded(await second.next())[1]

    assert asyncio.run(scene()) == (False, True, {"type": "taken"}, 960)


def test_blocks_queued_for_the_first_browser_are_not_played_after_the_takeover():
    async def scene():
        hub = AudioHub()
        first = await listening(hub)
        hub.publish(0, block())
        await asyncio.sleep(0)
        hub.claim(hub.join(), "two", take_over=True)
        assert await first.next() == {"type": "taken"}
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(first.next(), 0.02)

    asyncio.run(scene())


def test_the_same_browser_comes_back_without_asking():
    async def scene():
        hub = AudioHub()
        await listening(hub, "one")
        return hub.claim(hub.join(), "one")

    assert asyncio.run(scene())


def test_when_the_owner_leaves_the_others_learn_that_the_sound_is_free():
    async def scene():
        hub = AudioHub()
        first, second = await listening(hub), hub.join()
        hub.leave(first)
        return await second.next(), hub.claim(second, "two")

    assert asyncio.run(scene()) == ({"type": "free"}, True)


def test_messages_overtake_blocks():
    async def scene():
        listener = Listener()
        listener.offer(b"block")
        listener.tell({"type": "phase"})
        return [await listener.next(), await listener.next()]

    assert asyncio.run(scene()) == [{"type": "phase"}, b"block"]


def test_nobody_listening_keeps_nothing():
    async def scene():
        hub = AudioHub()
        hub.bind(asyncio.get_running_loop())
        hub.publish(0, block())
        await asyncio.sleep(0)
        late = hub.join()
        hub.claim(late, "late")
        hub.publish(960, block())
        return decoded(await late.next())[1]

    assert asyncio.run(scene()) == 960
