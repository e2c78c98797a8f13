"""Requests as Inspect's messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from affectlab.models._inlined import Blob, Piece, Words

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage, Content


def make_messages(pieces: Iterable[Piece], system: str) -> list[ChatMessage]:
    """Make one user turn, after a system message where there is one."""
    from inspect_ai.model import ChatMessageSystem, ChatMessageUser

    user = ChatMessageUser(content=make_content(pieces))
    return [ChatMessageSystem(content=system), user] if system else [user]


def make_content(pieces: Iterable[Piece]) -> str | list[Content]:
    """Make the content of a message, media inside it; words alone are a plain string."""
    pieces = tuple(pieces)
    if not pieces:
        return ""
    if len(pieces) == 1 and isinstance(pieces[0], Words):
        return pieces[0].text
    return [_content(piece) for piece in pieces]


def _content(piece: Piece) -> Content:
    from inspect_ai.model import ContentAudio, ContentImage, ContentText, ContentVideo

    match piece:
        case Words(text):
            return ContentText(text=text)
        case Blob("image"):
            return ContentImage(image=piece.uri)
        case Blob("audio"):
            return ContentAudio(audio=piece.uri, format="wav")
        case Blob():
            return ContentVideo(video=piece.uri, format="mp4")
