"""What `bench.py` is made of: it starts the runners, makes rows of what they measured, and shows them."""
