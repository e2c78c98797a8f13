import pytest

from affectlab.signals.units import microvolts_in


@pytest.mark.parametrize(
    ("unit", "microvolts"),
    [("V", 1e6), ("Volts", 1e6), ("mV", 1e3), ("µV", 1.0), ("μV", 1.0), (" microvolts ", 1.0), ("-6", 1.0)],
)
def test_units_as_devices_write_them(unit, microvolts) -> None:
    assert microvolts_in(unit) == microvolts


@pytest.mark.parametrize("unit", [None, "", "none", "counts"])
def test_what_is_no_voltage(unit) -> None:
    assert microvolts_in(unit) is None
