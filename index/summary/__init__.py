"""A written summary of a selection, each sentence with the figures and quotations that it rests on."""
