"""Replies as hypothesis draws them."""

from __future__ import annotations

from hypothesis import strategies as st

from affectlab.prompting.empathy import ANSWER, LAYERS, THINK, Chain, Reply
from affectlab.prompting.empathy.tags import tags

_PIECES = st.sampled_from(
    [
        "<",
        "</",
        ">",
        "<3",
        "<b>",
        "< ",
        "<answ",
        "<L",
        "</empathy_",
        " ",
        "\n",
        "你好",
        "hm",
        "<think></think>",
    ]
)
words = (
    st.lists(_PIECES | st.text(max_size=6), min_size=1, max_size=8)
    .map("".join)
    .filter(lambda text: any(one.isalnum() for one in text) and not any(tags(text)))
)
chains = st.builds(Chain, words, words, words, words)
replies = st.builds(Reply, words, st.none() | chains)

written_tags = st.sampled_from(
    [
        f"<{slash}{name}>"
        for name in (THINK, *LAYERS, ANSWER, "L7", "ANSWER", "l1", " L2", "L3 ")
        for slash in ("", "/")
    ]
)
garbled = st.lists(written_tags | _PIECES | st.text(max_size=4), max_size=25).map("".join)


@st.composite
def cuts(draw: st.DrawFn, text: str) -> list[str]:
    """Cut a text into pieces anywhere."""
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return [text[begin:end] for begin, end in zip([0, *places], [*places, len(text)], strict=True)]
