"""EmoBench and EQ-Bench v2: what a model understands of feelings, and what it would do about them."""
