"""The scenarios in Python. The text between ``lab:begin PART…`` and ``lab:end`` is what the lab shows."""
