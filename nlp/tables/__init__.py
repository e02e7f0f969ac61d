"""How the statutory tables are found in a document and their cells recovered; see nlp/statistics.py."""
