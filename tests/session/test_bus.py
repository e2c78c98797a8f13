from affectlab.session.bus import Bus


def test_listeners_hear_in_order_until_they_leave() -> None:
    bus: Bus[int] = Bus()
    heard: list[tuple[str, int]] = []
    leave = bus.subscribe(lambda item: heard.append(("first", item)))
    bus.subscribe(lambda item: heard.append(("second", item)))
    bus.emit(1)
    leave()
    bus.emit(2)
    assert heard == [("first", 1), ("second", 1), ("second", 2)]


def test_leaving_while_being_told_disturbs_nobody() -> None:
    bus: Bus[int] = Bus()
    heard: list[int] = []
    leave = bus.subscribe(lambda _item: leave())
    bus.subscribe(heard.append)
    bus.emit(7)
    assert heard == [7]
