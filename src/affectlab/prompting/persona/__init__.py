"""Telling a model who a reader is: profiles and the conditions that put them into words."""

from affectlab.prompting.persona.profile import MBTI_LETTERS, TRAITS, BigFive, ReaderProfile, is_mbti

__all__ = ["MBTI_LETTERS", "TRAITS", "BigFive", "ReaderProfile", "is_mbti"]
