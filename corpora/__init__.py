"""The texts that come with the product; see README.md."""
