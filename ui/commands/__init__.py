"""The commands of ``mingjian``, one file a room: each parses what the person wants, calls Archive, renders."""
