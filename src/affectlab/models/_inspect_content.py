"""Requests as Inspect's messages and back.

A request becomes messages in one of two ways: with its media encoded inside, as servers need them, or with
references to files, which models of this machine read themselves.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectlab.errors import InvalidData
from affectlab.files import writing
from affectlab.models._conversation import opening
from affectlab.models._inlined import Blob, Piece, Words
from affectlab.models.protocol import Media, MediaKind, Part, Quote, Request, Turn

if TYPE_CHECKING:
    from inspect_ai.model import ChatMessage, Content
    from pydantic import JsonValue

# Inspect hands `internal` of any content from tasks to providers as it is.
_MARK = "affectlab"
_SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
    "video/mpeg": ".mpeg",
    "video/quicktime": ".mov",
}


def make_messages(pieces: Iterable[Piece], request: Request) -> list[ChatMessage]:
    """Make one user turn of encoded `pieces`, after the system message and earlier turns of `request`."""
    pieces = tuple(pieces)
    if all(isinstance(piece, Words) for piece in pieces):
        return _turn("".join(piece.text for piece in pieces if isinstance(piece, Words)), request)
    return _turn([_inlined(piece) for piece in pieces], request)


def refer(request: Request) -> list[ChatMessage]:
    """Make one user turn that names its media; `read_request` gives back an equal request."""
    return _turn([_referred(part) for part in request.parts], request)


def read_request(messages: Sequence[ChatMessage], folder: Path) -> Request:
    """Read messages as a request.

    Parameters
    ----------
    messages
        System messages, and turns of user and assistant of which the last is the user's.
    folder
        Where media that are inside the messages are written, under the name of their content.

    Raises
    ------
    InvalidData
        If there is another turn, content that is neither words, picture, sound nor video, or an earlier
        turn of more than words.
    """
    turns = [message for message in messages if message.role != "system"]
    roles = [message.role for message in turns]
    if not roles or roles[-1] != "user" or not {"user", "assistant"}.issuperset(roles):
        raise InvalidData(
            "models of affectlab answer turns of user and assistant that end with the user's; "
            f"got turns of: {', '.join(roles) or 'none'}"
        )
    system = "\n\n".join(message.text for message in messages if message.role == "system")
    earlier = tuple(_earlier(message) for message in turns[:-1])
    content = turns[-1].content
    if isinstance(content, str):
        return Request((content,), system, earlier)
    return Request(tuple(_part(one, folder) for one in content), system, earlier)


def _turn(content: str | list[Content], request: Request) -> list[ChatMessage]:
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser

    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
    before = [kinds[one["role"]](content=one["content"]) for one in opening(request)]
    return [*before, ChatMessageUser(content=content)]


def _earlier(message: ChatMessage) -> Turn:
    content = message.content
    parts = [] if isinstance(content, str) else content
    if other := [part.type for part in parts if part.type not in {"text", "reasoning"}]:
        raise InvalidData(f"earlier turns may hold words only for models of affectlab; got {other[0]}")
    if any(isinstance(getattr(part, "internal", None), dict) for part in parts):
        raise InvalidData("earlier turns may hold words only for models of affectlab; got media")
    return Turn("user" if message.role == "user" else "assistant", message.text)


def _inlined(piece: Piece) -> Content:
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


def _referred(part: Part) -> Content:
    from inspect_ai.model import ContentText

    if isinstance(part, str):
        return ContentText(text=part)
    if isinstance(part, Quote):
        return ContentText(text=part.text, internal={_MARK: "quote"})
    shown = f"[{part.kind} {part.path.name} sha256 {part.sha256[:12]}]"
    facts: JsonValue = {"kind": part.kind, "path": str(part.path), "sha256": part.sha256}
    return ContentText(text=shown, internal={_MARK: facts})


def _part(content: Any, folder: Path) -> Part:
    match content.type:
        case "text":
            return _words(content.text, content.internal)
        case "image":
            return _kept(content.image, "image", folder)
        case "audio":
            return _kept(content.audio, "audio", folder)
        case "video":
            return _kept(content.video, "video", folder)
    raise InvalidData(f"models of affectlab take words, pictures, sound and video; got {content.type}")


def _words(text: str, internal: Any) -> Part:
    mark = internal.get(_MARK) if isinstance(internal, dict) else None
    if isinstance(mark, dict):
        return Media(mark["kind"], Path(mark["path"]), mark["sha256"])
    return Quote(text) if mark == "quote" else text


def _kept(uri: str, kind: MediaKind, folder: Path) -> Media:
    """Write media that came inside a message to the file named by its content."""
    head, comma, encoded = uri.partition(",")
    if not comma or not head.startswith("data:"):
        raise InvalidData(f"{kind} {uri[:60]!r} is not inside the message; expected a data: address")
    content = b64decode(encoded)
    digest = hashlib.sha256(content).hexdigest()
    path = folder / (digest + _SUFFIXES.get(head[5:].partition(";")[0], ""))
    if not path.exists():
        with writing(path) as temporary:
            temporary.write_bytes(content)
    return Media(kind, path, digest)
