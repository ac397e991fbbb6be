"""What the stored format allows (src/stored.rs); a test compares."""

FORMAT = "attention-map"
VERSION = 1
MAX_BYTES = 64 << 20
MAX_WEIGHTS = 144 * 512 * 512
MAX_TOKENS = 4096
MAX_HEADS = 1024
MAX_WEIGHT = 1.001
