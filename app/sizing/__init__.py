"""How much memory a language model needs, and which GPUs it fits on."""
