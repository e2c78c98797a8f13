"""A MusicGen of random weights that runs in milliseconds: four codebooks, two layers, 32 kHz of sound."""

import torch
from transformers import (
    EncodecConfig,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForConditionalGeneration,
    T5Config,
)

from affectlab.music.musicgen.attach import decoder_of
from affectlab.music.musicgen.controller import Controller
from affectlab.music.musicgen.sampling import Words
from affectlab.music.musicgen.settings import ControllerSettings

CODES = 16


def tiny_musicgen(seed=0, *, channels=1, layers=2):
    """Return the model; its codec makes 50 frames of 640 samples a second, as the real one does."""
    text = T5Config(vocab_size=40, d_model=12, d_kv=6, d_ff=24, num_layers=1, num_heads=2)
    codec = EncodecConfig(
        target_bandwidths=[0.8],
        sampling_rate=32_000,
        audio_channels=1,
        normalize=False,
        num_filters=4,
        num_residual_layers=1,
        upsampling_ratios=[8, 5, 4, 4],
        codebook_size=CODES,
        codebook_dim=8,
        hidden_size=8,
        num_lstm_layers=1,
        use_causal_conv=False,
    )
    decoder = MusicgenDecoderConfig(
        vocab_size=CODES,
        hidden_size=16,
        ffn_dim=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_codebooks=4 * channels,
        audio_channels=channels,
        pad_token_id=CODES,
        bos_token_id=CODES,
        max_position_embeddings=512,
        dropout=0.0,
    )
    torch.manual_seed(seed)
    config = MusicgenConfig(text_encoder=text, audio_encoder=codec, decoder=decoder)
    model = MusicgenForConditionalGeneration(config).eval()
    model.generation_config.pad_token_id = CODES
    model.generation_config.decoder_start_token_id = CODES
    model.generation_config.bos_token_id = CODES
    # As made, the decoder foresees hardly anything and the codec's sound depends on no code.
    with torch.no_grad():
        for weights in model.decoder.parameters():
            if weights.ndim > 1:
                weights.mul_(10)
        for layer in model.audio_encoder.quantizer.layers:
            layer.codebook.embed.normal_(0, 8)
        for name, weights in model.audio_encoder.decoder.named_parameters():
            if "bias" in name:
                weights.zero_()
    return model


def tiny_words(model, seed=1):
    """Return a description of five words, as the model's text encoder reads it."""
    ids = torch.randint(0, 40, (1, 5), generator=torch.Generator().manual_seed(seed))
    mask = torch.ones_like(ids)
    with torch.no_grad():
        return Words(model.text_encoder(input_ids=ids, attention_mask=mask).last_hidden_state, mask)


def tiny_controller(model, *, trained=False):
    """Return a controller for the model: as it is made, or with every number drawn, as if it had learned."""
    torch.manual_seed(5)
    controller = Controller(ControllerSettings(tokens=3, width=8, rank=8), decoder_of(model))
    if trained:
        with torch.no_grad():
            for weights in controller.parameters():
                weights.normal_(0, 0.5)
    return controller.eval()
