"""What is known of music and affect regulation, with sources, and how to find it."""

from affectlab.planning.knowledge.entry import Evidence, Implication, KnowledgeEntry, Source
from affectlab.planning.knowledge.search import Found, Retriever, Wanted

__all__ = ["Evidence", "Found", "Implication", "KnowledgeEntry", "Retriever", "Source", "Wanted"]
