"""A small knowledge base for tests of planners that ask a model."""

from affectlab.planning.knowledge import Evidence, Found, Implication, KnowledgeEntry, Source, Wanted


def entry(name: str, claim: str, *fields: str) -> KnowledgeEntry:
    return KnowledgeEntry(
        id=name,
        topic="general",
        claim=claim,
        implies=tuple(Implication(field=field, direction="choose") for field in fields),
        population="adults",
        evidence=Evidence(level="experiment"),
        source=Source(title="A study", url="https://example.org/study"),
    )


ENTRIES = (
    entry("tempo-slow", "Slower music lowers arousal in healthy listeners.", "tempo_bpm", "trajectory"),
    entry("mode-major", "Major mode is heard as happier than minor.", "attributes.mode"),
    entry("loud-session", "Loud sound harms hearing over time.", "loudness"),
)


class Shelf:
    """Finds all that it holds, whatever is asked."""

    def __init__(self, *entries: KnowledgeEntry) -> None:
        self.entries = entries or ENTRIES
        self.asked: list[Wanted] = []

    def search(self, wanted: Wanted) -> tuple[Found, ...]:
        self.asked.append(wanted)
        return tuple(Found(one, 1.0) for one in self.entries)

    def entry(self, name: str) -> KnowledgeEntry | None:
        return next((one for one in self.entries if one.id == name), None)
