"""What clients of OpenAI's chat protocol send, and what of it is taken."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from affectlab.counsel.chat import ChatSettings, accepted
from affectlab.counsel.serve.desk import Ask
from affectlab.errors import CounselError
from affectlab.models import Sampling, Turn

_MOST_MESSAGES = 2_000


class TextPart(BaseModel):
    """A piece of a message; nothing but text is taken."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    @property
    def text(self) -> str:
        """All words of the message."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream says beside the answer."""

    include_usage: bool = False


class ReasoningOptions(BaseModel):
    """Our own: whether the reasoning is sent as well."""

    show: bool = False


class ChatBody(BaseModel):
    """A request as OpenAI's protocol has it; fields that are not here change nothing."""

    model_config = ConfigDict(extra="ignore")

    model: str
    messages: Annotated[list[Message], Field(min_length=1, max_length=_MOST_MESSAGES)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = None
    seed: Annotated[int, Field(ge=0, lt=1 << 31)] | None = None
    n: Literal[1] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    reasoning: ReasoningOptions | None = None

    @property
    def ignored_instruction(self) -> bool:
        """Whether there are system messages; the counsellor has an instruction of its own."""
        return any(message.role in {"system", "developer"} for message in self.messages)

    def ask(self, settings: ChatSettings, *, shown: bool) -> Ask:
        """Return what the counsellor is asked.

        Parameters
        ----------
        settings
            Limits, and what holds where the body says nothing.
        shown
            Show the reasoning even where the body does not ask for it.

        Raises
        ------
        CounselError
            If the conversation cannot be answered.
        """
        turns = [
            Turn("user" if message.role == "user" else "assistant", message.text)
            for message in self.messages
            if message.role in {"user", "assistant"}
        ]
        if not turns:
            raise CounselError("there is no message of a user; end the conversation with one")
        asked = self.reasoning.show if self.reasoning is not None else shown
        return Ask(accepted(turns, settings), self._sampling(settings), asked)

    def _sampling(self, settings: ChatSettings) -> Sampling:
        wanted = self.max_completion_tokens or self.max_tokens or settings.max_tokens
        return Sampling(
            min(wanted, settings.max_tokens),
            settings.temperature if self.temperature is None else self.temperature,
            settings.seed if self.seed is None else self.seed,
        )
