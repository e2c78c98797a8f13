"""What the participant is told before a session."""

from __future__ import annotations

from affectlab.music.dose import ASSUMED_FULL_SCALE_SPL

CONSENT = (
    (
        "What happens",
        "You hear music that changes slowly while your brain activity (EEG) is measured. Now and then we ask "
        "how you feel.",
    ),
    (
        "What is recorded",
        "EEG, the music that was played, your answers, and the times at which you press a button. Not your "
        "name, no video, no microphone.",
    ),
    (
        "Where it stays",
        "On the computer this session runs on. Nothing is sent anywhere else. The recording carries a "
        "number, not your name, and can be deleted at any time.",
    ),
    (
        "Stop at any time",
        "Press Stop, or simply take the headphones off. You need give no reason.",
    ),
    (
        "What this is not",
        "Research software, not a medical device. It neither diagnoses nor treats. If you feel unwell, stop "
        "and tell the person in charge.",
    ),
)

CALIBRATION = (
    "We count how much sound your ears get against the weekly allowance of 80 dBA for 40 hours "
    "(ITU-T H.870). "
    f"Your headphones are not measured: we assume {ASSUMED_FULL_SCALE_SPL:.0f} dB at the loudest possible "
    "sound. Keep the level where you could still hear somebody speak to you."
)
