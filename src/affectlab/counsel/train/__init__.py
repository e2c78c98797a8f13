"""Training of counselling models with TRL: supervised fine-tuning, reward models, and GRPO."""
