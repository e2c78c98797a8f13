import pytest

from affectlab.session.report._html import Html, clock, number, point, section, table, text


def test_only_markup_of_our_own_is_not_escaped() -> None:
    assert text("<b> & co") == "&lt;b&gt; &amp; co"
    assert text(Html("<b>")) == "<b>"
    assert text(-0.5) == "−0.50"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (59.6, "1:00"), (125, "2:05"), (3_600, "1:00:00"), (3_725.2, "1:02:05")],
)
def test_seconds_read_as_a_clock(seconds, shown) -> None:
    assert clock(seconds) == shown


def test_numbers_have_true_signs_and_unknown_ones_a_dash() -> None:
    assert number(-1.234, 1) == "−1.2"
    assert number(float("nan")) == "–"
    assert point((0.5, -0.25)) == "+0.50 / −0.25"


def test_tables_name_their_columns_and_align_numbers() -> None:
    drawn = table("What", ("Name", "Count"), [("<a>", 3)], numbers=1)
    assert "<caption>What</caption>" in drawn
    assert '<th scope="col">Name</th><th scope="col" class="n">Count</th>' in drawn
    assert '<td>&lt;a&gt;</td><td class="n">3</td>' in drawn


def test_sections_are_named_by_their_heading_and_leave_out_what_is_empty() -> None:
    assert section("a", "Title", "", "body") == (
        '<section id="a" aria-labelledby="a-h"><h2 id="a-h">Title</h2>\nbody\n</section>'
    )
