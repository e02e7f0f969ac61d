"""The sample corpus: fictional annual reports, their data, and the builder that writes them."""
