"""Telling a model who a reader is: profiles and the conditions that put them into words."""

from affectlab.prompting.persona.conditions import (
    CONDITIONS,
    Asking,
    Example,
    appraisal_request,
    prediction_request,
    rationale_request,
    told,
)
from affectlab.prompting.persona.drawn import deranged, random_profiles
from affectlab.prompting.persona.profile import MBTI_LETTERS, TRAITS, BigFive, ReaderProfile, is_mbti
from affectlab.prompting.persona.statements import LANGUAGES, Language
from affectlab.prompting.persona.wording import WORDINGS

__all__ = [
    "CONDITIONS",
    "LANGUAGES",
    "MBTI_LETTERS",
    "TRAITS",
    "WORDINGS",
    "Asking",
    "BigFive",
    "Example",
    "Language",
    "ReaderProfile",
    "appraisal_request",
    "deranged",
    "is_mbti",
    "prediction_request",
    "random_profiles",
    "rationale_request",
    "told",
]
