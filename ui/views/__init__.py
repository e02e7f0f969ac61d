"""The pages of the web interface, one file each.

Not named ``pages``: Streamlit takes a folder of that name beside the script for its own navigation.
"""
