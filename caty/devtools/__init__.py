"""What `caty/dev.py` is made of: standard library only, and imported relatively, because it runs by path."""
