"""Measures how long a second of MusicGen's sound takes, without downloading anything.

The network has the published shape and random weights, which take the same time as trained ones. The text
encoder, which reads a description once, is left small.

Usage: python recipes/musicgen/speed.py --size small --seconds 2
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import torch
from transformers import (
    EncodecConfig,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForConditionalGeneration,
    T5Config,
)

from affectlab.music.musicgen.attach import Attachment, decoder_of
from affectlab.music.musicgen.controller import Controller
from affectlab.music.musicgen.sampling import Words
from affectlab.music.musicgen.settings import ControllerSettings, StreamSettings
from affectlab.music.musicgen.streaming import MusicgenSource
from affectlab.music.score import MusicControl

# Width, layers, heads (Copet et al. 2023, arXiv 2306.05284).
SIZES = {"small": (1024, 24, 16), "medium": (1536, 48, 24), "large": (2048, 48, 32)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--seconds", type=float, default=10.0, help="of a window without overlap")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    model = random_model(arguments.size).to(
        arguments.device, torch.float32 if arguments.device == "cpu" else torch.bfloat16
    )
    for guidance in (1.0, 3.0):
        for controlled in (False, True):
            row = measure(model, arguments.seconds, guidance, controlled=controlled)
            about = {"size": arguments.size, "device": arguments.device, "threads": torch.get_num_threads()}
            sys.stdout.write(json.dumps(about | row) + "\n")
            sys.stdout.flush()


def random_model(size: str) -> MusicgenForConditionalGeneration:
    """Return a MusicGen of the published shape with random weights."""
    width, layers, heads = SIZES[size]
    text = T5Config(d_model=768, num_layers=1, d_ff=1024)
    codec = EncodecConfig(
        sampling_rate=32_000,
        target_bandwidths=[2.2],
        upsampling_ratios=[8, 5, 4, 4],
        num_filters=64,
        codebook_size=2048,
        codebook_dim=128,
        hidden_size=128,
        num_lstm_layers=2,
        use_causal_conv=False,
    )
    decoder = MusicgenDecoderConfig(
        hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, ffn_dim=4 * width
    )
    config = MusicgenConfig(text_encoder=text, audio_encoder=codec, decoder=decoder)
    return MusicgenForConditionalGeneration(config).eval()


def measure(
    model: MusicgenForConditionalGeneration, seconds: float, guidance: float, *, controlled: bool
) -> dict[str, float | bool]:
    """Return seconds of work per second of sound, the second window's, decoding included."""
    words = Words(
        torch.randn(1, 12, 768, device=model.device, dtype=model.dtype),
        torch.ones(1, 12, dtype=torch.long, device=model.device),
    )
    attachment = None
    if controlled:
        controller = Controller(ControllerSettings(), decoder_of(model)).to(model.device)
        attachment = Attachment(model, controller)
    settings = StreamSettings(window=seconds, overlap=0.5, guidance=guidance)
    source = MusicgenSource(model, lambda _said: words, attachment, settings=settings)
    source.next_chunk(MusicControl(0.3, 0.3))
    begin = time.perf_counter()
    sound = source.next_chunk(MusicControl(0.3, 0.3))
    spent = time.perf_counter() - begin
    source.close()
    return {
        "guidance": guidance,
        "controller": controlled,
        "factor": round(spent / (len(sound) / 48_000), 3),
    }


if __name__ == "__main__":
    main()
