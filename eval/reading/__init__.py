"""The training of the reader: exercises, network, training, export."""
